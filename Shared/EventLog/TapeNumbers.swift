import Messages

/// The numbers a lane gives to its messages: 1, 2, 3 … for each partition it writes to.
struct TapeNumbers {
    private var last: [TapeKey: Int64]

    /// - Parameter last: As committed.
    init(_ last: [TapeKey: Int64]) { self.last = last }

    /// Frames messages, a frame a partition, numbered on from what was committed last.
    ///
    /// - Returns: frames in the one order in which partitions are locked, and the last number of each.
    func frames(
        of messages: [OutgoingMessage], source: String, partitions: (Topic) throws -> Int
    ) rethrows -> (frames: [LogFrame], numbers: [TapeKey: Int64]) {
        var writers: [TapeKey: RecordBatchWriter] = [:]
        var numbers: [TapeKey: Int64] = [:]
        for message in messages {
            let partition = Partitioner.partition(of: message.key, count: try partitions(message.topic))
            let key = TapeKey(topic: message.topic, partition: partition)
            writers[key, default: RecordBatchWriter(source: source)].append(message)
        }
        let ordered = writers.sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }
        let frames = ordered.map { key, writer in
            let last = last[key] ?? 0
            numbers[key] = last + Int64(writer.count)
            return LogFrame(
                topic: key.topic, partition: key.partition, count: writer.count, firstNumber: last + 1,
                records: writer.bytes)
        }
        return (frames, numbers)
    }

    /// Goes on from these, now that they are committed.
    mutating func commit(_ numbers: [TapeKey: Int64]) { last.merge(numbers) { $1 } }
}
