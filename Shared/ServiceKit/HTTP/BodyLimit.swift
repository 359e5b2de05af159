/// How large bodies may be, in bytes.
public enum BodyLimit {
    /// One report with all its fields and margin.
    public static let standard = 256 * 1024
    /// A batch of reports.
    public static let batch = 8 * 1024 * 1024
}
