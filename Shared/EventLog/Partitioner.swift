/// Which partition a key belongs to: murmur2 as Kafka's own clients compute it, so that other tools agree.
enum Partitioner {
    static func partition(of key: String, count: Int) -> Int {
        var key = key
        let hash = key.withUTF8 { murmur2($0) }
        return Int(hash & 0x7FFF_FFFF) % count
    }

    static func murmur2(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let multiplier: UInt32 = 0x5BD1_E995
        var hash: UInt32 = 0x9747_B28C ^ UInt32(truncatingIfNeeded: bytes.count)
        var position = 0
        while bytes.count - position >= 4 {
            var word = UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8
            word |= UInt32(bytes[position + 2]) << 16 | UInt32(bytes[position + 3]) << 24
            word = word &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = hash &* multiplier ^ word
            position += 4
        }
        let rest = bytes.count - position
        if rest == 3 { hash ^= UInt32(bytes[position + 2]) << 16 }
        if rest >= 2 { hash ^= UInt32(bytes[position + 1]) << 8 }
        if rest >= 1 {
            hash ^= UInt32(bytes[position])
            hash = hash &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        return hash ^ hash >> 15
    }
}
