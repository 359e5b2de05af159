import City
import Messages

/// Reads fields of JSON objects and gathers all faults instead of stopping at the first.
struct FieldReader {
    private(set) var faults: [SubmissionFault] = []

    mutating func fault(_ pointer: String, _ slug: SubmissionFault.Slug) {
        let fault = SubmissionFault(pointer, slug)
        if !faults.contains(fault) { faults.append(fault) }
    }

    /// Says one thing instead of several about a part of the input.
    mutating func replaceFaults(under pointer: String, with fault: SubmissionFault) {
        faults.removeAll { $0.pointer.hasPrefix(pointer) }
        faults.append(fault)
    }

    mutating func text(_ object: JSONValue, _ name: StaticString, _ pointer: String, longest: Int) -> String? {
        guard let value = object[name], !value.isNull else {
            fault(pointer, .missing)
            return nil
        }
        guard let text = value.string else {
            fault(pointer, .wrongType)
            return nil
        }
        return checked(text, pointer, longest: longest)
    }

    /// Absent or null is nil; empty text is empty.
    mutating func optionalText(
        _ object: JSONValue, _ name: StaticString, _ pointer: String, longest: Int
    ) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string else {
            fault(pointer, .wrongType)
            return nil
        }
        return text.isEmpty ? "" : checked(text, pointer, longest: longest)
    }

    /// A text that must have content: not empty, not too long, no control characters but line breaks and tabs.
    mutating func checked(_ text: String, _ pointer: String, longest: Int) -> String? {
        var text = text
        let (hasContent, hasControl, bytes) = text.withUTF8 { (Self.hasContent($0), Self.hasControl($0), $0.count) }
        guard hasContent else {
            fault(pointer, .empty)
            return nil
        }
        // Bytes bound the scalars from above, so that the usual text is not counted.
        if bytes > longest, text.unicodeScalars.count > longest {
            fault(pointer, .tooLong)
            return nil
        }
        if hasControl {
            fault(pointer, .controlCharacter)
            return nil
        }
        return text
    }

    private static func hasContent(_ text: UnsafeBufferPointer<UInt8>) -> Bool { text.contains { $0 > 0x20 } }

    private static func hasControl(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var last: UInt8 = 0
        for byte in text {
            if byte < 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 { return true }
            // DEL; and C1 controls, which are C2 80 … C2 9F in UTF-8.
            if byte == 0x7F || last == 0xC2 && byte < 0xA0 { return true }
            last = byte
        }
        return false
    }

    mutating func texts(
        _ object: JSONValue, _ name: StaticString, _ pointer: String, most: Int, longest: Int
    ) -> [String] {
        guard let value = object[name], !value.isNull else { return [] }
        guard value.isArray else {
            fault(pointer, .wrongType)
            return []
        }
        let elements = value.elements
        guard elements.count <= most else {
            fault(pointer, .tooLong)
            return []
        }
        return elements.enumerated().compactMap { index, element in
            guard let text = element.string else {
                fault("\(pointer)/\(index)", .wrongType)
                return nil
            }
            return checked(text, "\(pointer)/\(index)", longest: longest)
        }
    }

    mutating func time(_ object: JSONValue, _ name: StaticString, _ pointer: String) -> Timestamp? {
        guard let value = object[name], !value.isNull else {
            fault(pointer, .missing)
            return nil
        }
        guard value.isString else {
            fault(pointer, .wrongType)
            return nil
        }
        guard let time = value.timestamp else {
            fault(pointer, .badTime)
            return nil
        }
        return time
    }

    mutating func number(
        _ object: JSONValue, _ name: StaticString, _ pointer: String, _ range: ClosedRange<Double>
    ) -> Double? {
        guard let value = object[name], !value.isNull else {
            fault(pointer, .missing)
            return nil
        }
        guard value.isNumber else {
            fault(pointer, .wrongType)
            return nil
        }
        guard let number = value.double, range.contains(number) else {
            fault(pointer, .outOfRange)
            return nil
        }
        return number
    }
}
