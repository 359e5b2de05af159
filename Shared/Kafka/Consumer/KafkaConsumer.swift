internal import CLibrdkafka
internal import Dispatch
public import Logging

/// Reads partitions, as a member of a consumer group or by itself.
///
/// The positions live elsewhere, with the effects of the messages: the owner says for each partition where to start,
/// and nothing is ever skipped or read again on the consumer's own account. An offset that is not in the log is an
/// error, never a silent jump.
///
/// Each partition is read by one thread of the owner's with ``nextBatch(of:max:waitMilliseconds:)``. The consumer's own
/// thread keeps the membership and calls `onAssign` and `onRevoke`.
///
/// Memory is bounded per partition: `maxBufferedMessages` or 4 MiB of messages, whichever is less, and one fetch
/// answer on top. What lies beyond stays at the broker.
public final class KafkaConsumer: Sendable {
    private let membership: Membership

    /// Joins the group ``KafkaSettings/groupID`` for all partitions of `topics` it will be given.
    ///
    /// The callbacks may come before the initializer has returned. Threads that `onAssign` starts may read at once: their
    /// first batch waits until the start is known.
    ///
    /// - Parameters:
    ///   - topics: Topics that do not exist yet are taken up within half a minute of their creation.
    ///   - maxBufferedMessages: Messages read ahead, per partition.
    ///   - onAssign: Called on the consumer's thread with the partitions this member now has. Returns the offset to
    ///     start each from. A partition left out is held but not read until
    ///     ``restart(of:at:)`` names its offset. While the callback runs the membership stays alive, but a new
    ///     rebalance cannot be answered.
    ///   - onRevoke: Called on the consumer's thread when the partitions go elsewhere. Their readers have already
    ///     been told by ``KafkaError/Code/partitionLost``; must block until no effect of theirs can follow. `lost` means
    ///     that another member may have them already.
    /// - Throws: ``KafkaError/Code/configuration``.
    public init(
        _ settings: KafkaSettings, topics: [String], maxBufferedMessages: Int, logger: Logger,
        onAssign: @escaping @Sendable ([TopicPartition]) -> [TopicPartition: Int64],
        onRevoke: @escaping @Sendable ([TopicPartition], _ lost: Bool) -> Void
    ) throws(KafkaError) {
        guard settings.groupID != nil else { throw .configuration("group.id", "is needed to join a group") }
        membership = try Membership(
            settings, maxBufferedMessages: maxBufferedMessages, logger: logger, onAssign: onAssign, onRevoke: onRevoke)
        do { try membership.subscribe(to: topics) } catch {
            membership.close()
            throw error
        }
    }

    /// Reads the given partitions from the given offsets without being a member of any group; for copying and replaying.
    public init(
        _ settings: KafkaSettings, startingAt offsets: [TopicPartition: Int64], maxBufferedMessages: Int, logger: Logger
    ) throws(KafkaError) {
        membership = try Membership(
            settings, maxBufferedMessages: maxBufferedMessages, logger: logger, onAssign: { _ in offsets },
            onRevoke: { _, _ in })
        do { try membership.assign(offsets) } catch {
            membership.close()
            throw error
        }
    }

    deinit { membership.close() }

    /// The partitions this consumer has now.
    public var assignment: [TopicPartition] { membership.assignment }

    /// Whether a broker was reachable when last heard of; for readiness checks.
    public var isConnected: Bool { membership.isConnected }

    /// The reason why this consumer must be closed and replaced, once there is one.
    public var fatalError: KafkaError? { membership.fatalError }

    /// Waits for messages of one partition.
    ///
    /// Blocks the calling thread until there is a message, the end of the partition has just been reached, or the
    /// time is over, and then takes what is there without waiting for more. To be called by one thread at a time per
    /// partition, not one of the cooperative pool.
    ///
    /// - Parameters:
    ///   - max: The most messages to return.
    ///   - waitMilliseconds: The longest to wait for the first. With less than 50 it can be 50, when the leader has to
    ///     be asked whether the end is still the end.
    /// - Returns: Messages without holes other than those of the log itself, continuing where the last batch ended.
    /// - Throws: ``KafkaError``: `.partitionLost` when it is assigned elsewhere; `.offsetOutOfRange` and
    ///   `.topicRecreated` when the position is not in the log; `.positionUnknown`; others as the broker has them. All but
    ///   the first are thrown again by every call until ``restart(of:at:)``.
    public func nextBatch(
        of partition: TopicPartition, max: Int, waitMilliseconds: Int
    ) throws(KafkaError) -> KafkaBatch {
        try membership.reader(of: partition).nextBatch(max: max, waitMilliseconds: waitMilliseconds)
    }

    /// Starts a partition again at an offset; everything read ahead of it is forgotten.
    ///
    /// To be called by the partition's own reading thread. When it returns, the next batch begins at `offset`. The other
    /// partitions go on where they are.
    ///
    /// - Throws: `.partitionLost` when the partition is assigned elsewhere.
    public func restart(of partition: TopicPartition, at offset: Int64) throws(KafkaError) {
        try membership.restart(partition, at: offset)
    }

    /// Tells the broker how far the group has come, for lag monitors only; nobody reads it back.
    ///
    /// Returns at once; may be called after every batch, the broker is told about once a second. A failure is ignored:
    /// the next call repairs it.
    ///
    /// - Parameter positions: The next offset to be read, per partition.
    public func mirrorPosition(_ positions: [TopicPartition: Int64]) {
        membership.mirror(positions)
    }

    /// Messages of a partition that are read ahead and wait for ``nextBatch(of:max:waitMilliseconds:)``.
    public func bufferedMessages(of partition: TopicPartition) throws(KafkaError) -> Int {
        try membership.reader(of: partition).bufferedMessages
    }

    /// Asks the leader for the first offset the partition keeps and the one its next message will get.
    public func watermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int = 5000
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        try membership.watermarks(of: partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Leaves the group. Does nothing the second time.
    ///
    /// Blocks until `onRevoke` has run and the group knows, but for the latter at most some 3 s: without a broker the
    /// group will notice by itself after `session.timeout.ms`.
    ///
    /// Not to be called from `onAssign` or `onRevoke`.
    public func close() { membership.close() }
}
