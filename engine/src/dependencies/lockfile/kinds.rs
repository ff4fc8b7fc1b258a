//! Files that pin dependencies in ways that are not read yet. They are listed in the report, so that nobody takes silence
//! for a verdict. A format that learns to read one takes its line out of here.

/// File name and kind of each.
pub const UNSUPPORTED: [(&str, &str); 29] = [
    ("poetry.lock", "Poetry"),
    ("uv.lock", "uv"),
    ("pdm.lock", "PDM"),
    ("Pipfile.lock", "Pipenv"),
    ("requirements.txt", "pip requirements"),
    ("pylock.toml", "pylock"),
    ("go.mod", "Go modules"),
    ("Gemfile.lock", "Bundler"),
    ("gems.locked", "Bundler"),
    ("composer.lock", "Composer"),
    ("bun.lockb", "Bun (binary)"),
    ("pom.xml", "Maven"),
    ("gradle.lockfile", "Gradle"),
    ("buildscript-gradle.lockfile", "Gradle"),
    ("verification-metadata.xml", "Gradle"),
    ("packages.lock.json", "NuGet"),
    ("packages.config", "NuGet"),
    ("paket.lock", "Paket"),
    ("mix.lock", "Mix"),
    ("rebar.lock", "Rebar"),
    ("pubspec.lock", "Pub"),
    ("conan.lock", "Conan"),
    ("Package.resolved", "Swift packages"),
    ("Podfile.lock", "CocoaPods"),
    ("Cartfile.resolved", "Carthage"),
    ("deno.lock", "Deno"),
    ("renv.lock", "renv"),
    ("stack.yaml.lock", "Stack"),
    ("cabal.project.freeze", "Cabal"),
];

/// The kind of a file, by its name.
pub(super) fn unsupported(name: &str) -> Option<&'static str> {
    let kind = UNSUPPORTED
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| *kind);
    // `requirements-dev.txt` and the like are a convention of pip's users.
    let is_requirements = || {
        name.strip_prefix("requirements")
            .and_then(|rest| rest.strip_suffix(".txt"))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    };
    kind.or_else(|| is_requirements().then_some("pip requirements"))
}
