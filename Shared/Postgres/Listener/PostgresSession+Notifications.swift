import CLibpq

extension PostgresSession {
    /// The connection's socket, to wait on; −1 when closed.
    var socket: Int32 { (try? usableConnection()).map { PQsocket($0.handle) } ?? -1 }

    /// Reads what the server has sent unasked.
    func receive() throws(PostgresError) {
        let connection = try usableConnection()
        guard PQconsumeInput(connection.handle) == 1, connection.isUsable else { throw connection.lost() }
    }

    /// The notifications read so far, in the server's order.
    func receivedNotifications() throws(PostgresError) -> [PostgresNotification] {
        let connection = try usableConnection()
        var notifications: [PostgresNotification] = []
        while let notification = PQnotifies(connection.handle) {
            defer { PQfreemem(notification) }
            notifications.append(
                PostgresNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra),
                    backendPID: notification.pointee.be_pid))
        }
        return notifications
    }
}
