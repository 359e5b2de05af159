import City

/// How a feed speaks: when its reports come, what they are about, how they are worded.
enum FeedManner: String, CaseIterable, Sendable {
    /// Citizens call; an operator writes down what they say.
    case hotline
    /// Cameras and collectors of the city-management platform.
    case camera
    /// What the police pass on because it is none of theirs.
    case police
    /// Staff on the ground, who handle most of what they find.
    case patrol
    /// Residents who tell their grid worker.
    case resident

    init(_ source: Source) {
        let code = source.code.rawValue
        if source.staffed {
            self = .patrol
        } else if code.contains("resident") {
            self = .resident
        } else if code.contains("police") || code.contains("110") {
            self = .police
        } else if code.contains("management") || code.contains("camera") {
            self = .camera
        } else {
            self = .hotline
        }
    }

    /// How much of what is not handled on the spot comes by a feed of this manner.
    var weight: Double {
        switch self {
        case .hotline: 28
        case .camera: 19
        case .police: 6
        case .patrol: 8
        case .resident: 11
        }
    }

    /// How often it is about each kind of thing.
    func weight(of kind: Category.Kind) -> Double {
        switch (self, kind) {
        case (.hotline, .component): 3
        case (.hotline, .event): 4
        case (.hotline, .social): 5
        case (.camera, .social), (.police, .component): 0
        case (.camera, _): 5
        case (.police, .event): 2
        case (.police, .social): 6
        case (.patrol, .component): 4
        case (.patrol, .event): 5
        case (.patrol, .social): 1
        case (.resident, .component): 2
        case (.resident, .event): 3
        case (.resident, .social): 5
        }
    }

    /// How often reports come in each hour of the day.
    var hours: [Double] {
        switch self {
        case .hotline: [1, 1, 0, 0, 0, 1, 2, 5, 9, 11, 10, 8, 6, 6, 8, 9, 9, 8, 7, 7, 6, 5, 3, 2]
        case .camera: [0, 0, 0, 0, 0, 1, 3, 7, 10, 10, 9, 7, 6, 7, 9, 9, 8, 7, 4, 3, 2, 1, 1, 0]
        case .police: [4, 3, 2, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 4, 4, 5, 5, 6, 7, 9, 10, 10, 8, 6]
        case .patrol: [0, 0, 0, 0, 0, 0, 1, 7, 12, 13, 11, 6, 3, 5, 11, 12, 10, 7, 4, 3, 1, 0, 0, 0]
        case .resident: [1, 0, 0, 0, 0, 1, 3, 6, 6, 6, 5, 6, 7, 5, 4, 4, 5, 7, 9, 11, 11, 9, 6, 2]
        }
    }

    /// How much a day has of a Wednesday.
    func weight(of day: Weekday) -> Double {
        switch (self, day) {
        case (_, .monday): 1.15
        case (.patrol, .saturday), (.camera, .saturday): 0.8
        case (.patrol, .sunday), (.camera, .sunday): 0.65
        case (.hotline, .saturday), (.hotline, .sunday): 0.7
        case (.police, .saturday), (.police, .sunday), (.resident, .saturday), (.resident, .sunday): 1.25
        default: 1
        }
    }

    /// Letters that begin the ids of its reports.
    var idPrefix: String {
        switch self {
        case .hotline: "RX"
        case .camera: "SP"
        case .police: "JQ"
        case .patrol: "XC"
        case .resident: "FS"
        }
    }

    /// Longest time, in seconds, from a report's being ready until it is published.
    var patienceSeconds: Int64 { self == .patrol ? 3_000 : 540 }
}
