import City

@testable import Gridctl

extension FuzzTarget {
    static let profileTargets = [
        FuzzTarget("csv") { try Tables.check($0) },
        FuzzTarget("profile") { try ProfileFiles.check($0) },
    ]
}

/// A table is refused with a fault, or its cells come back from how they are written.
private enum Tables {
    static func check(_ bytes: [UInt8]) throws {
        let faults = FaultList()
        let columns = ["a", "b"]
        guard let table = CSVTable(bytes.text, file: "fuzz.csv", columns: columns, faults: faults) else {
            try promise(faults.hasFatal, "refused without a fault")
            return
        }
        let cells = table.rows.map { [$0["a"], $0["b"]] }
        let written = CSVText.write(remark: "fuzz", header: columns, rows: cells)
        let again = CSVTable(written, file: "fuzz.csv", columns: columns, faults: FaultList())
        try promise(again?.rows.map { [$0["a"], $0["b"]] } == cells, "written and read again it differs: \(cells)")
    }
}

/// The files of a profile are read, whatever they hold: what is wrong is a fault, not a crash.
private enum ProfileFiles {
    /// The first byte picks the file.
    static func check(_ bytes: [UInt8]) throws {
        let (choice, rest) = bytes.split
        let text = rest.text
        let faults = FaultList()
        switch choice % 6 {
        case 0:
            if ProfileDocument(text, faults: faults) == nil { try promise(faults.hasFatal, "refused without a fault") }
        case 1:
            guard let grids = GridsFile.read(text, faults: faults) else {
                try promise(faults.hasFatal, "refused without a fault")
                return
            }
            guard !faults.hasFatal, grids.allSatisfy({ isOnEarth($0.value.area) }) else { return }
            let written = GridsFile.write(grids.map(\.value), notice: LocalizedText(zh: "试", en: "try"))
            try promise(
                GridsFile.read(written, faults: FaultList())?.map(\.value.code) == grids.map(\.value.code),
                "written and read again the grids differ")
        case 2: _ = SourcesFile.read(text, faults: faults)
        case 3: _ = PostsFile.read(text, faults: faults)
        case 4: _ = UnitsFile.read(text, faults: faults)
        default: _ = CatalogueFile(text, faults: faults)
        }
    }

    private static func isOnEarth(_ area: MultiPolygon) -> Bool {
        area.polygons.allSatisfy { polygon in
            polygon.rings.allSatisfy { ring in
                ring.allSatisfy { abs($0.longitude) <= 180 && abs($0.latitude) <= 90 }
            }
        }
    }
}
