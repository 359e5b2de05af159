/// The working time of one workday, counted through. All amounts in microseconds.
struct WorkingHours: Hashable, Sendable {
    private struct Span: Hashable {
        var from: Int64
        var length: Int64
        /// Work done before the span begins.
        var before: Int64
    }

    private let spans: [Span]
    /// Work of a whole day; more than 0.
    let perDay: Int64

    /// - Throws: ``WorkingCalendar/Fault`` for no span at all or spans that do not ascend within the day.
    init(_ workingTime: WorkingTime) throws {
        guard !workingTime.spans.isEmpty else { throw WorkingCalendar.Fault.noWorkingTime }
        var spans: [Span] = []
        var total: Int64 = 0
        var freeFrom = 0
        for span in workingTime.spans {
            guard span.from >= freeFrom, span.to > span.from, span.to <= 1_440 else {
                throw WorkingCalendar.Fault.badSpan(span)
            }
            let length = Int64(span.to - span.from) * 60_000_000
            spans.append(Span(from: Int64(span.from) * 60_000_000, length: length, before: total))
            total += length
            freeFrom = span.to
        }
        self.spans = spans
        perDay = total
    }

    /// Work done since midnight, 0 … ``perDay``.
    func work(before timeOfDay: Int64) -> Int64 {
        for span in spans where timeOfDay < span.from + span.length {
            return span.before + max(timeOfDay - span.from, 0)
        }
        return perDay
    }

    /// The earliest time of day at which that much work is done.
    ///
    /// - Parameter work: 1 … ``perDay``
    func timeOfDay(afterWork work: Int64) -> Int64 {
        for span in spans where work <= span.before + span.length {
            return span.from + (work - span.before)
        }
        preconditionFailure("more work than a day has")
    }
}
