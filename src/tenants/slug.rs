/// The name of a tenant in its address: 1 to 40 lower-case letters, digits and hyphens, the first
/// label of its host (RFC 1123, section 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Takes what somebody typed; capitals and blanks around it do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let slug = text.trim().to_lowercase();
        let fits = (1..=40).contains(&slug.len())
            && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-')
            && !slug.ends_with('-');
        fits.then_some(Self(slug))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn a_slug_is_one_label_of_a_host() {
        assert_eq!(Slug::parse(" Acme ").unwrap().as_str(), "acme");
        for text in ["", "-a", "a-", "a.b", "a_b", "ä", "a/b", "a b", &"a".repeat(41)] {
            assert_eq!(Slug::parse(text), None, "{text:?}");
        }
    }
}
