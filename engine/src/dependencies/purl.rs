//! Package URLs (purl specification 1.0): a scope is a namespace, `@` is percent-encoded.
//!
//! The npm type's names are lower case by its definition, so `JSONStream` has the purl `pkg:npm/jsonstream`. A package
//! that no registry serves says in a qualifier where it comes from.

use packageurl::PackageUrl;

use super::package::PackageSource;

/// The purl of a package. `ecosystem` is the OSV name; the version may be empty.
pub fn of(ecosystem: &str, name: &str, version: &str, source: &PackageSource) -> String {
    let kind = match ecosystem {
        "crates.io" => "cargo",
        other => other,
    };
    let (namespace, base) = match name.rsplit_once('/') {
        Some((namespace, base)) if kind == "npm" => (Some(namespace), base),
        _ => (None, name),
    };
    let built = PackageUrl::new(kind.to_owned(), base.to_owned()).and_then(|mut purl| {
        if let Some(namespace) = namespace {
            purl.with_namespace(namespace.to_owned())?;
        }
        if !version.is_empty() {
            purl.with_version(version.to_owned())?;
        }
        match source {
            PackageSource::Git(address) => {
                purl.add_qualifier("vcs_url", vcs(address)).map(|_| ())?;
            }
            PackageSource::Url(address) => {
                purl.add_qualifier("download_url", address.clone())
                    .map(|_| ())?;
            }
            _ => {}
        }
        Ok(purl.to_string())
    });
    // Only a name that no package can have ends here, such as an empty one.
    built.unwrap_or_else(|_| format!("pkg:{kind}/{name}@{version}"))
}

/// A git address in the form of SPDX's download locations: `git+` and the address, `@` and the commit.
fn vcs(address: &str) -> String {
    let (base, commit) = match address.split_once('#') {
        Some((base, commit)) => (base, Some(commit.strip_prefix("commit=").unwrap_or(commit))),
        None => (address, None),
    };
    let base = if base.starts_with("git+") {
        base.to_owned()
    } else {
        format!("git+{base}")
    };
    match commit {
        Some(commit) => format!("{base}@{commit}"),
        None => base,
    }
}

#[cfg(test)]
mod tests {
    use super::{PackageSource, of};

    #[test]
    fn scopes_kinds_and_sources() {
        let plain =
            |ecosystem, name, version| of(ecosystem, name, version, &PackageSource::Registry);
        assert_eq!(plain("npm", "lodash", "4.17.15"), "pkg:npm/lodash@4.17.15");
        assert_eq!(
            plain("npm", "@a/b", "1.0.0-x+y"),
            "pkg:npm/%40a/b@1.0.0-x%2By"
        );
        assert_eq!(plain("npm", "a", ""), "pkg:npm/a");
        assert_eq!(
            plain("crates.io", "time", "0.1.43"),
            "pkg:cargo/time@0.1.43"
        );
        let git = PackageSource::Git("https://h.example/x.git#abc".to_owned());
        let purl = of("npm", "x", "1.0.0", &git);
        assert_eq!(
            purl,
            "pkg:npm/x@1.0.0?vcs_url=git%2Bhttps:%2F%2Fh.example%2Fx.git%40abc"
        );
        let parsed: packageurl::PackageUrl<'_> = purl.parse().unwrap_or_else(|_| unreachable!());
        assert_eq!(
            parsed.qualifiers().get("vcs_url").map(AsRef::as_ref),
            Some("git+https://h.example/x.git@abc")
        );
    }
}
