/// Takes personal numbers out of free text before it is stored or published: identity cards, bank cards, telephones, plates.
///
/// Full-width digits and letters count as ASCII ones, and digits written as Chinese numerals (一三八…) as digits. A number
/// is only taken where it stands alone: what touches a Latin letter or another digit is part of something else. Han
/// characters do not matter, not even numerals, for Chinese text has no spaces: 张三13800138000一直不接.
public enum Scrubber {
    /// What a number is replaced by.
    enum Mark: String, CaseIterable {
        case identity = "[证件号]"
        case card = "[银行卡号]"
        case mobile = "[手机号]"
        case landline = "[电话号码]"
        case plate = "[车牌号]"
    }

    public static func scrub(_ text: String) -> String {
        guard NumberText.mayHoldOne(text) else { return text }
        let number = NumberText(text)
        var kept = String.UnicodeScalarView()
        var position = 0
        while position < number.count {
            if let (mark, end) = match(number, at: position) {
                kept.append(contentsOf: mark.rawValue.unicodeScalars)
                position = end
            } else {
                kept.append(number.scalars[position])
                position += 1
            }
        }
        return String(kept)
    }

    private static func match(_ text: NumberText, at start: Int) -> (Mark, Int)? {
        if let end = text.plate(at: start) { return (.plate, end) }
        guard text.startsAlone(at: start) else { return nil }
        if let end = text.identity(at: start) { return (.identity, end) }
        if let end = text.mobile(at: start) { return (.mobile, end) }
        guard !text.goesOn(at: start) else { return nil }
        if let end = text.card(at: start) { return (.card, end) }
        if let end = text.landline(at: start) { return (.landline, end) }
        return nil
    }
}
