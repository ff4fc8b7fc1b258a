//! Manifests beside a lockfile: what the project itself asks for, where the lockfile does not say it.

pub(super) mod cargo_toml;
pub(super) mod package_json;

/// A path below a folder; the folder is empty for the root, `path` may begin with `./`.
pub(super) fn join(folder: &str, path: &str) -> String {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    match (folder, path) {
        (folder, "" | ".") => folder.to_owned(),
        ("", path) => path.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}
