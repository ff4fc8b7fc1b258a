//! npm's own configuration, as far as it says where packages come from: `registry`, `@scope:registry`, the credentials
//! of each registry, and `omit-lockfile-registry-resolved`.
//!
//! Sources, the first that has a value counts, as in npm's documentation ("npmrc", "config"): variables `npm_config_*`,
//! the user's file (`~/.npmrc`, or `npm_config_userconfig`), the global file (`npm_config_globalconfig`). A repository's
//! own `.npmrc` is none of them: it is written by whoever wrote the repository, and must not choose where credentials go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use url::Url;

use super::RegistryError;

/// Longest file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What of npm's configuration matters here.
#[derive(Clone, Default)]
pub struct NpmConfig {
    /// The first source first.
    layers: Vec<BTreeMap<String, String>>,
}

impl std::fmt::Debug for NpmConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values hold credentials.
        f.debug_struct("NpmConfig")
            .field("layers", &self.layers.len())
            .finish()
    }
}

impl NpmConfig {
    /// Reads the configuration of the user that runs this program.
    pub fn from_environment() -> Result<Self, RegistryError> {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars() {
            let prefix = name.get(..11).unwrap_or_default();
            if prefix.eq_ignore_ascii_case("npm_config_") && !value.is_empty() {
                let key = name.get(11..).unwrap_or_default().to_ascii_lowercase();
                variables.insert(key.replace('_', "-"), value);
            }
        }
        let home = std::env::home_dir();
        let user = variables
            .get("userconfig")
            .map(PathBuf::from)
            .or_else(|| home.map(|home| home.join(".npmrc")));
        let global = variables.get("globalconfig").map(PathBuf::from);
        let mut layers = vec![variables];
        for path in [user, global].into_iter().flatten() {
            if let Some(text) = read(&path)? {
                layers.push(parse(&text, |name| std::env::var(name).ok()));
            }
        }
        Ok(Self { layers })
    }

    /// Reads the text of one `.npmrc`; `variable` answers for `${NAME}`.
    pub fn from_text(text: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            layers: vec![parse(text, variable)],
        }
    }

    /// The value of a key, of the first source that has one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.layers
            .iter()
            .find_map(|layer| layer.get(key))
            .map(String::as_str)
    }

    /// The address of the registry for a package, with a slash at its end; none where the configuration has none.
    pub fn registry(&self, package: &str) -> Option<Result<Url, RegistryError>> {
        let scoped = package
            .split_once('/')
            .filter(|(scope, _)| scope.starts_with('@'))
            .and_then(|(scope, _)| self.get(&format!("{scope}:registry")));
        let text = scoped.or_else(|| self.get("registry"))?;
        Some(address(text))
    }

    /// Sets the registry of all packages that have none.
    pub(super) fn set_default_registry(&mut self, text: &str) {
        let layer = BTreeMap::from([("registry".to_owned(), text.to_owned())]);
        self.layers.push(layer);
    }

    /// The value of `Authorization` for an address; none where none is configured for it. Credentials are only ever for
    /// the host and path that they stand with.
    pub fn authorization(&self, address: &Url) -> Option<String> {
        let host = address.host_str()?;
        let authority = match address.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let mut path = address.path().trim_end_matches('/');
        loop {
            for slash in ["/", ""] {
                let scope = format!("//{authority}{path}{slash}:");
                if let Some(value) = self.credentials(&scope) {
                    return Some(value);
                }
            }
            path = path.rsplit_once('/')?.0;
        }
    }

    fn credentials(&self, scope: &str) -> Option<String> {
        let value = |name: &str| self.get(&format!("{scope}{name}"));
        if let Some(token) = value("_authToken") {
            return Some(format!("Bearer {token}"));
        }
        if let Some(auth) = value("_auth") {
            return Some(format!("Basic {auth}"));
        }
        let base64 = &base64::engine::general_purpose::STANDARD;
        let password = String::from_utf8(base64.decode(value("_password")?).ok()?).ok()?;
        let both = format!("{}:{password}", value("username")?);
        Some(format!("Basic {}", base64.encode(both)))
    }

    /// Whether lockfiles leave the addresses of registries' archives out.
    pub fn omits_resolved(&self) -> bool {
        self.get("omit-lockfile-registry-resolved")
            .is_some_and(|value| value == "true")
    }
}

fn address(text: &str) -> Result<Url, RegistryError> {
    let broken = |reason: String| RegistryError::Configuration {
        path: "registry".to_owned(),
        reason,
    };
    let mut text = text.to_owned();
    if !text.ends_with('/') {
        text.push('/');
    }
    let url = Url::parse(&text).map_err(|error| broken(format!("{error} in its address")))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err(broken("an https address is expected".to_owned()))
    }
}

fn read(path: &Path) -> Result<Option<String>, RegistryError> {
    let failed = |reason: String| RegistryError::Configuration {
        path: path.display().to_string(),
        reason,
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
        Ok(metadata) if metadata.len() > LONGEST => {
            return Err(failed(format!("more than {LONGEST} bytes")));
        }
        Ok(_) => {}
    }
    std::fs::read_to_string(path)
        .map(Some)
        .map_err(|error| failed(error.to_string()))
}

/// Lines `key = value`; `#` and `;` begin remarks. Sections and lists have nothing to say here.
fn parse(text: &str, variable: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            if !line.is_empty() {
                values.insert(line.to_owned(), "true".to_owned());
            }
            continue;
        };
        let value = value.trim();
        let bare = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .unwrap_or(value);
        values.insert(
            key.trim().to_owned(),
            expand(bare, &variable).unwrap_or_default(),
        );
    }
    values
}

/// `${NAME}` and `${NAME?}` give way to the variable; one that is not set stays as it is, or is nothing with `?`.
fn expand(text: &str, variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest.get(start..)?.find('}') else {
            break;
        };
        out.push_str(rest.get(..start)?);
        let name = rest.get(start + 2..start + length)?;
        match (variable(name.trim_end_matches('?')), name.ends_with('?')) {
            (Some(value), _) => out.push_str(&value),
            (None, true) => {}
            (None, false) => out.push_str(rest.get(start..=start + length)?),
        }
        rest = rest.get(start + length + 1..)?;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::NpmConfig;

    fn config(text: &str) -> NpmConfig {
        NpmConfig::from_text(text, |name| (name == "TOKEN").then(|| "secret".to_owned()))
    }

    #[test]
    fn registries_by_scope() {
        let config = config(
            "; a remark\nregistry=https://npm.example/a\n@s:registry = \"https://s.example\"\nfund=false",
        );
        let of = |name: &str| config.registry(name).unwrap().unwrap().to_string();
        assert_eq!(of("x"), "https://npm.example/a/");
        assert_eq!(of("@s/x"), "https://s.example/");
        assert_eq!(of("@t/x"), "https://npm.example/a/");
        assert!(super::NpmConfig::default().registry("x").is_none());
        assert!(
            self::config("registry=file:///etc")
                .registry("x")
                .unwrap()
                .is_err()
        );
    }

    #[test]
    fn credentials_stay_where_they_belong() {
        let config = config(
            "//npm.example/a/:_authToken=${TOKEN}\n//b.example/:username=u\n//b.example/:_password=cA==\n//c.example/:_auth=${NONE}",
        );
        let of = |address: &str| config.authorization(&address.parse().unwrap());
        assert_eq!(
            of("https://npm.example/a/x").as_deref(),
            Some("Bearer secret")
        );
        assert_eq!(of("https://npm.example/b/x"), None);
        assert_eq!(of("https://npm.example:8443/a/x"), None);
        assert_eq!(of("https://b.example/x").as_deref(), Some("Basic dTpw"));
        assert_eq!(of("https://c.example/").as_deref(), Some("Basic ${NONE}"));
        assert!(!format!("{config:?}").contains("secret"));
    }
}
