//! How npm and its relatives write where a package comes from.

use crate::dependencies::package::PackageSource;

/// The source that a `resolved` address or a version such as `git+ssh://…` or `file:…` tells; `None` for a plain
/// version.
pub(super) fn of(address: &str) -> Option<PackageSource> {
    let plain = without_credentials(address);
    if let Some(path) = address
        .strip_prefix("file:")
        .or_else(|| address.strip_prefix("portal:"))
    {
        return Some(PackageSource::File(path.to_owned()));
    }
    if let Some(path) = address
        .strip_prefix("link:")
        .or_else(|| address.strip_prefix("workspace:"))
    {
        return Some(PackageSource::Workspace(path.to_owned()));
    }
    let hosted = ["github:", "gitlab:", "bitbucket:", "gist:"]
        .iter()
        .any(|host| address.starts_with(host));
    let git = address.starts_with("git")
        && (address.starts_with("git+")
            || address.starts_with("git:")
            || address.starts_with("git@"));
    if hosted || git || address.split('#').next().is_some_and(is_repository) {
        return Some(PackageSource::Git(plain));
    }
    if address.starts_with("http://") || address.starts_with("https://") {
        // A registry's archive stands at `name/-/name-version.tgz`; forges serve theirs elsewhere.
        if address.contains("/-/") || address.contains("/download/") {
            return Some(PackageSource::Registry);
        }
        return Some(PackageSource::Url(plain));
    }
    None
}

/// Whether an address ends as those of repositories do.
fn is_repository(address: &str) -> bool {
    address.strip_suffix(".git").is_some()
}

/// An address without user and password, and without a query, which may hold a token.
pub(super) fn without_credentials(address: &str) -> String {
    let address = address.split('?').next().unwrap_or_default();
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    }
}

/// `name@range` cut at the `@` that is not a scope's.
pub(super) fn split_descriptor(descriptor: &str) -> Option<(&str, &str)> {
    let skip = usize::from(descriptor.starts_with('@'));
    let at = descriptor.get(skip..)?.find('@')? + skip;
    Some((descriptor.get(..at)?, descriptor.get(at + 1..)?))
}

/// The real name behind `npm:name@range`.
pub(super) fn aliased(range: &str) -> Option<(&str, &str)> {
    let real = range.strip_prefix("npm:")?;
    split_descriptor(real)
}

#[cfg(test)]
mod tests {
    use super::{PackageSource, aliased, of, split_descriptor, without_credentials};

    #[test]
    fn sources() {
        assert_eq!(of("1.2.3"), None);
        assert_eq!(
            of("https://registry.example/a/-/a-1.0.0.tgz"),
            Some(PackageSource::Registry)
        );
        assert_eq!(
            of("https://forge.example/x.tgz?token=1"),
            Some(PackageSource::Url("https://forge.example/x.tgz".into()))
        );
        assert_eq!(
            of("git+https://u:p@h/x.git#abc"),
            Some(PackageSource::Git("git+https://h/x.git#abc".into()))
        );
        assert_eq!(of("file:../x"), Some(PackageSource::File("../x".into())));
        assert!(!without_credentials("https://user:secret@h/p").contains("secret"));
    }

    #[test]
    fn descriptors() {
        assert_eq!(split_descriptor("@a/b@^1"), Some(("@a/b", "^1")));
        assert_eq!(split_descriptor("a@npm:b@1"), Some(("a", "npm:b@1")));
        assert_eq!(aliased("npm:@x/y@2"), Some(("@x/y", "2")));
        assert_eq!(aliased("^1"), None);
    }
}
