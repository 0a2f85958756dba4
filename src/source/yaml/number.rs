//! Numbers as Go reads and writes them. Must not know YAML's words, tags or styles.

/// A number that a plain scalar spells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Int(i64),
    UInt(u64),
    Float(f64),
}

/// What go-yaml v2 (`resolve.go`) makes of a plain scalar that starts with a sign or a digit.
///
/// `None` is a string. Underscores count for nothing, a leading zero means octal, and whatever is no integer may
/// still be a float: `089` is 89.0, and so is an integer too large for 64 bits.
pub(super) fn from_digits(text: &str) -> Option<Number> {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    let (negative, unsigned) = sign(plain);
    let signed = unsigned.len() != plain.len();
    // a literal beyond 64 bits may still be a float, and so may what is no literal
    if let Some(magnitude) = literal(unsigned) {
        if let Some(value) = with_sign(magnitude, negative) {
            return Some(Number::Int(value));
        }
        if !signed {
            return Some(Number::UInt(magnitude));
        }
    }
    if is_yaml_float(plain) {
        return finite(plain).map(Number::Float);
    }
    binary_with_inner_sign(plain)
}

/// What go-yaml v2 makes of a plain scalar that starts with a dot: Go's `ParseFloat`.
///
/// A hexadecimal spelling cannot start with a dot, and Go takes `_` between digits only after a base prefix.
pub(super) fn from_dot(text: &str) -> Option<f64> {
    finite(text)
}

/// A float as the text of a mapping key: Go's `FormatFloat(value, 'g', -1, 32)`, infinities and `NaN` as YAML writes them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "upstream rounds keys to single precision before printing"
)]
pub(super) fn key_text(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        // Go's %g of a shortest number switches to an exponent below 1e-4 and from 1e6 on
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let mark = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{mark}{:02}", exponent.unsigned_abs())
        }
        _ => format!("{value}"),
    }
}

fn sign(text: &str) -> (bool, &str) {
    if let Some(rest) = text.strip_prefix('-') {
        (true, rest)
    } else {
        (false, text.strip_prefix('+').unwrap_or(text))
    }
}

/// Go's integer literal with base prefix, if it fits 64 bits.
fn literal(digits: &str) -> Option<u64> {
    let bytes = digits.as_bytes();
    let (radix, rest) = match bytes {
        [b'0', b'x' | b'X', _, ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, digits.get(2..)?),
        [b'0'] => return Some(0),
        [b'0', ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    magnitude(rest, radix)
}

fn magnitude(digits: &str, radix: u32) -> Option<u64> {
    // the standard parser takes a sign too
    let fits = digits.chars().all(|digit| digit.is_digit(radix));
    if fits { u64::from_str_radix(digits, radix).ok() } else { None }
}

fn with_sign(magnitude: u64, negative: bool) -> Option<i64> {
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let (_, unsigned) = sign(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(sign(exponent).1)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// go-yaml's own reading of binary: it strips `0b` and lets the rest have a sign of its own.
fn binary_with_inner_sign(plain: &str) -> Option<Number> {
    if let Some(rest) = plain.strip_prefix("0b") {
        let (negative, digits) = sign(rest);
        return with_sign(magnitude(digits, 2)?, negative).map(Number::Int);
    }
    let digits = plain.strip_prefix("-0b")?;
    with_sign(magnitude(digits, 2)?, true).map(Number::Int)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_go_reads_literals() {
        let cases = [
            ("0", 0),
            ("-0", 0),
            ("+5", 5),
            ("007", 7),
            ("010", 8),
            ("0o17", 15),
            ("0O17", 15),
            ("0x1F", 31),
            ("-0X1f", -31),
            ("0b101", 5),
            ("-0B11", -3),
            ("1_000", 1000),
            ("1__0_", 10),
            ("0b-1", -1),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, value) in cases {
            assert_eq!(from_digits(text), Some(Number::Int(value)), "{text}");
        }
        assert_eq!(from_digits("18446744073709551615"), Some(Number::UInt(u64::MAX)));
    }

    #[test]
    fn what_is_no_integer_may_be_a_float() {
        let cases = [
            ("089", 89.0),
            ("1e3", 1000.0),
            ("1.", 1.0),
            ("-.5", -0.5),
            ("+18446744073709551615", 18_446_744_073_709_551_615.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("012345678901", 12_345_678_901.0),
        ];
        for (text, value) in cases {
            assert_eq!(from_digits(text), Some(Number::Float(value)), "{text}");
        }
    }

    #[test]
    fn the_rest_are_strings() {
        for text in
            ["1e400", "-", "+", "0x", "0b", "0b2", "1.2.3", "12:30", "2025-01-02", "1e", "--1", "1 2", "0x-1"]
        {
            assert_eq!(from_digits(text), None, "{text}");
        }
        for text in [".", "..", ".e5", ".5.5"] {
            assert_eq!(from_dot(text), None, "{text}");
        }
        assert_eq!(from_dot(".5e1"), Some(5.0));
    }

    #[test]
    fn float_keys_are_printed_in_single_precision() {
        let cases = [
            (1.5, "1.5"),
            (1000.0, "1000"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1e21, "1e+21"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1e300, ".inf"),
            (16_777_217.0, "1.6777216e+07"),
        ];
        for (value, text) in cases {
            assert_eq!(key_text(value), text);
        }
    }
}
