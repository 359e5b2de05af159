extension BinaryInteger {
    /// Quotient rounded towards minus infinity, with a remainder that is never negative: what dates before 1970 need.
    func floored(dividingBy divisor: Self) -> (quotient: Self, remainder: Self) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
