//! Package URLs, as the purl specification has them: a scope is a namespace, `@` is percent-encoded.

use packageurl::PackageUrl;

/// The purl of a package. `ecosystem` is the OSV name.
pub fn of(ecosystem: &str, name: &str, version: &str) -> String {
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
        Ok(purl.to_string())
    });
    built.unwrap_or_else(|_| format!("pkg:{kind}/{name}@{version}"))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn scopes_and_kinds() {
        assert_eq!(of("npm", "lodash", "4.17.15"), "pkg:npm/lodash@4.17.15");
        assert_eq!(of("npm", "@a/b", "1.0.0-x+y"), "pkg:npm/%40a/b@1.0.0-x%2By");
        assert_eq!(of("crates.io", "time", "0.1.43"), "pkg:cargo/time@0.1.43");
    }
}
