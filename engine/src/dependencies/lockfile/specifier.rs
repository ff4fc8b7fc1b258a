//! Dependency specifiers of npm, Yarn, pnpm and Bun: what stands to the right of a dependency's name.
//!
//! The forms are those of npm's `package.json` documentation ("dependencies"), with Yarn's protocols `portal:`, `link:`,
//! `patch:` and `workspace:` added. Surprising: `user/repo` is a repository on GitHub, `npm:b@1` is the package `b` under
//! another name, and a registry's archive and any other archive are both plain `https:` addresses.

use crate::dependencies::package::PackageSource;

/// Protocols of hosts whose repositories have a short form.
const FORGES: [&str; 4] = ["github:", "gitlab:", "bitbucket:", "gist:"];

/// Where a specifier leads; `None` for the registry (a version, a range, a tag, an alias, a patched package).
pub(crate) fn source(specifier: &str) -> Option<PackageSource> {
    let local = ["file:", "link:", "portal:"]
        .iter()
        .find_map(|protocol| specifier.strip_prefix(protocol));
    if let Some(path) = local {
        return Some(PackageSource::File(local_path(path)));
    }
    if let Some(path) = specifier.strip_prefix("workspace:") {
        return Some(PackageSource::Workspace(local_path(path)));
    }
    if specifier.starts_with("npm:") || specifier.starts_with("patch:") {
        return None;
    }
    if is_git(specifier) {
        return Some(PackageSource::Git(git_address(specifier)));
    }
    if is_address(specifier) {
        return Some(PackageSource::Url(archive_address(specifier)));
    }
    if is_path(specifier) {
        return Some(PackageSource::File(local_path(specifier)));
    }
    if is_short_repository(specifier) {
        return Some(PackageSource::Git(format!("github:{specifier}")));
    }
    None
}

/// Where a package of a lockfile comes from: `specifier` as somebody asked for it, `resolved` as it was fetched. What was
/// asked for decides whether an archive is a registry's; without it, the archive's address does.
pub(super) fn package_source(
    specifier: Option<&str>,
    resolved: Option<&str>,
    name: &str,
    version: &str,
) -> PackageSource {
    let asked = specifier.and_then(source);
    let fetched = resolved.and_then(source);
    match (asked, fetched) {
        // The address that was fetched names the commit.
        (Some(PackageSource::Git(_)), Some(PackageSource::Git(address))) => {
            PackageSource::Git(address)
        }
        (Some(source), _) => source,
        (None, Some(PackageSource::Url(address))) => {
            let registry = specifier.is_some()
                || resolved.is_some_and(|resolved| is_registry_archive(resolved, name, version));
            if registry {
                PackageSource::Registry
            } else {
                PackageSource::Url(address)
            }
        }
        (None, Some(source)) => source,
        (None, None) => PackageSource::Registry,
    }
}

/// Whether an archive's address has a shape that registries and their mirrors use. In doubt a package is held against
/// advisories rather than passed over.
fn is_registry_archive(address: &str, name: &str, version: &str) -> bool {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let base = name.rsplit('/').next().unwrap_or(name);
    address.contains("/-/")
        || address.ends_with(&format!("/{base}-{version}.tgz"))
        || address.contains(&format!("/{name}/{version}/"))
}

pub(super) fn is_address(specifier: &str) -> bool {
    specifier.starts_with("https://") || specifier.starts_with("http://")
}

fn is_git(specifier: &str) -> bool {
    let base = specifier.split('#').next().unwrap_or_default();
    ["git+", "git:", "git@", "ssh:"]
        .iter()
        .any(|start| specifier.starts_with(start))
        || FORGES.iter().any(|forge| specifier.starts_with(forge))
        || (base.strip_suffix(".git").is_some() && (base.contains("://") || base.contains('@')))
}

fn is_path(specifier: &str) -> bool {
    ["./", "../", "/", "~/", ".\\", "..\\"]
        .iter()
        .any(|start| specifier.starts_with(start))
        || specifier == "."
        || specifier == ".."
}

/// `user/repo` or `user/repo#branch`.
fn is_short_repository(specifier: &str) -> bool {
    let base = specifier.split('#').next().unwrap_or_default();
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    !base.starts_with('@')
        && base
            .split_once('/')
            .is_some_and(|(user, repository)| word(user) && word(repository))
}

/// A path without Yarn's `::key=value` parameters and `#` binding.
fn local_path(path: &str) -> String {
    path.split("::")
        .next()
        .and_then(|path| path.split('#').next())
        .unwrap_or_default()
        .to_owned()
}

/// The commit, branch or tag at the end of a git address.
pub(super) fn commit(address: &str) -> Option<&str> {
    let (_, fragment) = address.rsplit_once('#')?;
    let commit = fragment.strip_prefix("commit=").unwrap_or(fragment);
    (!commit.is_empty()).then_some(commit)
}

/// A git address without user, password and query; the commit after `#` stays.
pub(super) fn git_address(address: &str) -> String {
    let (base, commit) = match address.split_once('#') {
        Some((base, commit)) => (base, Some(commit)),
        None => (address, None),
    };
    let mut plain = without_credentials(base);
    if let Some(commit) = commit {
        plain.push('#');
        plain.push_str(commit);
    }
    plain
}

/// The address of an archive without user, password, query (it may hold a token) and the hash after `#`.
pub(super) fn archive_address(address: &str) -> String {
    without_credentials(address.split('#').next().unwrap_or_default())
}

fn without_credentials(address: &str) -> String {
    let address = address.split('?').next().unwrap_or_default();
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        // `user:password@host:path`, the form of `scp`.
        None => match address.split_once('@') {
            Some((user, rest)) if user.contains(':') => rest.to_owned(),
            _ => address.to_owned(),
        },
    }
}

/// `name@range` cut at the `@` that is not a scope's.
pub(super) fn split(descriptor: &str) -> Option<(&str, &str)> {
    let skip = usize::from(descriptor.starts_with('@'));
    let at = descriptor.get(skip..)?.find('@')? + skip;
    Some((descriptor.get(..at)?, descriptor.get(at + 1..)?))
}

/// The package and the range behind `npm:name@range`; the range is empty in `npm:name`. `None` for `npm:^1`, which
/// names a protocol and no package.
pub(crate) fn alias(specifier: &str) -> Option<(&str, &str)> {
    let real = specifier.strip_prefix("npm:")?;
    if let Some(parts) = split(real) {
        return Some(parts);
    }
    let is_name = real.starts_with('@') || real.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_name && real.contains('/')).then_some((real, ""))
}

#[cfg(test)]
mod tests {
    use super::{PackageSource, alias, commit, package_source, source, split};

    fn git(address: &str) -> PackageSource {
        PackageSource::Git(address.to_owned())
    }

    #[test]
    fn forms() {
        for plain in [
            "1.2.3",
            "^1",
            "latest",
            "*",
            "",
            ">=1 <2 || 3",
            "npm:b@1",
            "patch:x@npm%3A1#p",
        ] {
            assert_eq!(source(plain), None, "{plain}");
        }
        assert_eq!(source("user/repo#main"), Some(git("github:user/repo#main")));
        assert_eq!(
            source("git@forge.example:u/r.git#abc"),
            Some(git("git@forge.example:u/r.git#abc"))
        );
        assert_eq!(
            source("https://forge.example/u/r.git"),
            Some(git("https://forge.example/u/r.git"))
        );
        assert_eq!(source("../x"), Some(PackageSource::File("../x".into())));
        assert_eq!(
            source("portal:../x::locator=r%40workspace%3A."),
            Some(PackageSource::File("../x".into()))
        );
        assert_eq!(
            source("workspace:packages/a"),
            Some(PackageSource::Workspace("packages/a".into()))
        );
    }

    #[test]
    fn credentials_go() {
        for (address, left) in [
            (
                "git+https://user:secret@h.example/x.git?auth=secret#abc",
                "git+https://h.example/x.git#abc",
            ),
            (
                "git+ssh://secret@h.example:u/x.git",
                "git+ssh://h.example:u/x.git",
            ),
            (
                "https://u:secret@h.example/x.tgz?token=secret#secret",
                "https://h.example/x.tgz",
            ),
            ("https://u:p@secret@h.example", "https://h.example"),
            ("git@h.example:u/r.git", "git@h.example:u/r.git"),
        ] {
            let found = match source(address) {
                Some(PackageSource::Git(found) | PackageSource::Url(found)) => found,
                other => format!("{other:?}"),
            };
            assert_eq!(found, left);
        }
    }

    #[test]
    fn archives_of_registries() {
        let of = |specifier, resolved| package_source(specifier, Some(resolved), "@s/a", "1.0.0");
        let registry = PackageSource::Registry;
        assert_eq!(
            of(None, "https://registry.example/@s/a/-/a-1.0.0.tgz#hash"),
            registry
        );
        assert_eq!(
            of(
                None,
                "https://mirror.example/packages/@s/a/1.0.0/a-1.0.0.tgz"
            ),
            registry
        );
        assert_eq!(
            of(None, "https://registry.example/download/@s/a/1.0.0/0123"),
            registry
        );
        assert_eq!(of(Some("^1"), "https://cdn.example/0123"), registry);
        let archive = PackageSource::Url("https://forge.example/x.tgz".into());
        assert_eq!(of(None, "https://forge.example/x.tgz"), archive);
        assert_eq!(
            of(
                Some("https://forge.example/x.tgz"),
                "https://forge.example/x.tgz#h"
            ),
            archive
        );
    }

    #[test]
    fn descriptors() {
        assert_eq!(split("@a/b@^1"), Some(("@a/b", "^1")));
        assert_eq!(split("a@npm:b@1"), Some(("a", "npm:b@1")));
        assert_eq!(split("a"), None);
        assert_eq!(alias("npm:@x/y@2"), Some(("@x/y", "2")));
        assert_eq!(alias("npm:@x/y"), Some(("@x/y", "")));
        assert_eq!(alias("npm:^1"), None);
        assert_eq!(alias("^1"), None);
        assert_eq!(commit("git+https://h.example/x.git#abc"), Some("abc"));
        assert_eq!(commit("x@https://h.example/x.git#commit=abc"), Some("abc"));
    }
}
