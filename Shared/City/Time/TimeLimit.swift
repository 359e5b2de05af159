/// How long something may take. The unit matters: two working hours are not two hours.
public struct TimeLimit: Hashable, Sendable, Codable {
    public enum Unit: String, Sendable, Codable, CaseIterable {
        /// 紧急工作时: continuous hours.
        case urgentHours
        /// 工作时: hours inside working time.
        case workingHours
        /// 工作日: eight working hours each.
        case workingDays
        /// 自然日: continuous days of 24 hours.
        case calendarDays
        /// 分钟: continuous minutes, for stage clocks.
        case minutes
    }

    public var amount: Int
    public var unit: Unit

    public init(_ amount: Int, _ unit: Unit) {
        self.amount = amount
        self.unit = unit
    }
}
