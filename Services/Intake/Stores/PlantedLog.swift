import City
import Logging

/// Logging as it must not be. Nothing here runs in a release build; see `PlantedFault`.
extension ContactStore {
    /// Writes contact data to the log.
    static func log(_ contacts: [(report: ReportID, contact: [UInt8])]) {
        let logger = Logger(label: "contact-in-log")
        for (report, contact) in contacts {
            logger.notice(
                "contact", metadata: ["report": "\(report)", "contact": "\(String(decoding: contact, as: UTF8.self))"])
        }
    }
}
