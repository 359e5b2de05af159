import ArgumentParser

/// `gridctl replay`: handles again what was set aside or refused, after its cause was mended.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Handle again what was set aside or refused.",
        subcommands: [DeadLetterReplay.self, RejectionReplayCommand.self])
}
