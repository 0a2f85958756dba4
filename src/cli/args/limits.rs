//! Arguments that bound what reading may cost.

use clap::Args;

/// How much is read. What is beyond a limit is told with its place, the rest is answered, and the exit status is 2.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(in crate::cli) struct Limits {
    /// Read no file of more bytes: 65536, 512KiB, 64MiB, 1GiB
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(in crate::cli) limit_file_size: u64,
    /// Read no more bytes in all
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = size)]
    pub(in crate::cli) limit_total_size: u64,
    /// Read no more documents of one file
    #[arg(long, value_name = "COUNT", default_value_t = 10_000_000)]
    pub(in crate::cli) limit_documents: usize,
    /// Read no document whose lists and mappings are nested deeper, at most 1000
    #[arg(long, value_name = "LEVELS", default_value_t = 255, value_parser = levels)]
    pub(in crate::cli) limit_nesting: usize,
    /// Read no document in which aliases repeat more values [default: as many as Kubernetes reads]
    #[arg(long, value_name = "COUNT")]
    pub(in crate::cli) limit_aliases: Option<usize>,
}

/// A number of bytes, with a unit of 1024 bytes or a power of it.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    let shift = match unit {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err("write it in bytes, KiB, MiB or GiB: `64MiB`".to_owned()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.ok_or_else(|| "write it in bytes, KiB, MiB or GiB: `64MiB`".to_owned())
}

fn levels(text: &str) -> Result<usize, String> {
    let levels = text.parse::<usize>().ok().filter(|levels| (1..=1000).contains(levels));
    levels.ok_or_else(|| "give a number from 1 to 1000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("0", 0), ("7", 7), ("7B", 7), ("2KiB", 2048), ("64MiB", 1 << 26), ("4GiB", 1 << 32)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "1MB", "-1", "1.5GiB", "99999999999GiB", "1 GiB", "1é"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
