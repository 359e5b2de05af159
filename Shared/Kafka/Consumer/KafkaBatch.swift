/// What a partition had to offer: messages in order, and where they stand in the log.
public struct KafkaBatch: Hashable, Sendable {
    /// In the order of their offsets. Empty when nothing came in the time allowed.
    public var records: [KafkaRecord]
    /// The offset the next message appended to the partition will get, as last heard from its leader.
    public var highWatermark: Int64?
    /// The first offset the partition still keeps, as last heard from its leader.
    public var logStart: Int64?
    /// Whether nothing lay behind these records at most 5 s ago, by the word of the partition's leader. Never true
    /// on the strength of a connection that has since been lost.
    public var reachedEnd: Bool

    public init(records: [KafkaRecord], highWatermark: Int64?, logStart: Int64?, reachedEnd: Bool) {
        self.records = records
        self.highWatermark = highWatermark
        self.logStart = logStart
        self.reachedEnd = reachedEnd
    }

    static let nothing = KafkaBatch(records: [], highWatermark: nil, logStart: nil, reachedEnd: false)
}
