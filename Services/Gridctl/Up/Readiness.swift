import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Asks a service whether it is ready to work.
enum Readiness {
    private static let patienceMilliseconds: Int64 = 2_000

    /// Whether `/health/ready` answers 200.
    static func isReady(_ service: SuiteRecord.Service) async -> Bool {
        let request = HTTPClientRequest(url: "\(service.url)/health/ready")
        guard
            let response = try? await HTTPClient.shared.execute(request, timeout: .milliseconds(patienceMilliseconds))
        else { return false }
        return response.status == .ok
    }

    /// What a service that is not ready says about why, in a line; nil when it does not answer.
    static func reason(_ service: SuiteRecord.Service) async -> String? {
        let request = HTTPClientRequest(url: "\(service.url)/health/ready")
        guard
            let response = try? await HTTPClient.shared.execute(request, timeout: .milliseconds(patienceMilliseconds)),
            let body = try? await response.body.collect(upTo: 16 * 1024)
        else { return nil }
        return body.getString(at: body.readerIndex, length: min(400, body.readableBytes))
    }
}
