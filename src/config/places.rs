//! How the places of a deployment are written, as far as that can be told without a list: regions are added every year.

/// Twelve digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words and a number: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && words.contains('-')
        && words.split('-').all(is_word)
}

/// `aws` and its kin.
pub fn is_partition(text: &str) -> bool {
    text == "aws" || text.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_slips() {
        for region in ["eu-west-1", "us-gov-east-1", "us-iso-west-1", "eusc-de-east-1", "ap-southeast-12"] {
            assert!(is_region(region), "{region}");
        }
        for slip in ["eu-west1", "eu-west", "euwest-1", "EU-WEST-1", "eu--1", "-1", "", "eu-west-1a"] {
            assert!(!is_region(slip), "{slip}");
        }
        assert!(is_partition("aws-cn") && !is_partition("awscn") && !is_partition("aws-"));
        assert!(is_account("012345678901") && !is_account("12345678901"));
    }
}
