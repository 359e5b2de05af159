import City

/// When the nodes of a command confirm it: most at once, the others in waves, the last within twenty minutes.
enum CommandReceipts {
    /// Minutes after the command, and the part of all nodes, in per cent, that has confirmed by then.
    static let waves: [(minutes: Int64, percent: Int)] = [(0, 82), (4, 95), (11, 99), (18, 100)]

    static func window(ofWave wave: Int, commandedAt: Timestamp) -> Window {
        let opens = commandedAt.advanced(bySeconds: waves[wave].minutes * 60)
        return Window(opens: opens, closes: opens.advanced(bySeconds: 240))
    }

    /// Whether a node has confirmed by the end of a wave; the same for a node and a case in every run.
    static func confirms(_ node: String, _ id: CaseID, byWave wave: Int) -> Bool {
        var random = SeededRandom(seed: node.utf8.reduce(UInt64(id.value)) { $0 &* 31 &+ UInt64($1) })
        return random.integer(in: 0...99) < waves[wave].percent
    }
}
