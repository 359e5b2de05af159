import City
import TestSupport

/// The city that fuzzed input speaks of.
enum FuzzCity {
    static let city: City = {
        do { return try SampleStreet.make() } catch {
            // It is written down there and nowhere else: whoever breaks it learns it at once.
            preconditionFailure("the city of the fuzz targets: \(error)")
        }
    }()
}
