//! Rules packed into one file: `.zip`, `.tar.gz` or `.tgz`.
//!
//! Nothing is unpacked to disk. What an archive says about itself is not believed: sizes are those of the bytes that
//! come out of it, and the names of entries serve for messages only.

use std::fs::File;
use std::io::{Cursor, Error, Read, Result};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::load::{LARGEST_FILE, is_rule_file};

/// Largest archive, in bytes.
const LARGEST_ARCHIVE: u64 = 64 << 20;

/// What may come out of one archive, in bytes; the public rules of all languages together are a tenth of it.
const MOST_UNPACKED: u64 = 256 << 20;

/// How many entries an archive may have.
const MOST_ENTRIES: usize = 100_000;

/// The kinds of archives, by the endings of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveKind {
    Zip,
    TarGz,
}

impl ArchiveKind {
    /// The kind that a file's name tells.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let ends = |ending| name.ends_with(ending);
        if ends(".zip") {
            Some(Self::Zip)
        } else if ends(".tar.gz") || ends(".tgz") {
            Some(Self::TarGz)
        } else {
            None
        }
    }

    /// The rule files in the archive at `path`, in the order of their names; each is named as if the archive were a
    /// folder. Fails where the archive is damaged or out of bounds.
    pub(super) fn rule_files(self, path: &Path) -> Result<Vec<(PathBuf, String)>> {
        let mut files = match self {
            Self::Zip => unzip(path),
            Self::TarGz => untar(path),
        }?;
        files.sort();
        Ok(files)
    }
}

fn unzip(path: &Path) -> Result<Vec<(PathBuf, String)>> {
    let bytes = Bounded::new(File::open(path)?, LARGEST_ARCHIVE).all()?;
    // Every entry of the directory begins with this mark. Counting it first bounds the memory that reading the
    // directory takes.
    let marks = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").count();
    if marks > MOST_ENTRIES {
        return Err(too_many());
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(Error::other)?;
    let mut files = Vec::new();
    let mut left = MOST_UNPACKED;
    for number in 0..zip.len() {
        let entry = zip.by_index(number).map_err(Error::other)?;
        if !entry.is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let Some(name) = rule_file(path, Path::new(&name)) else {
            continue;
        };
        let bytes = Bounded::new(entry, left.min(LARGEST_FILE)).all()?;
        left = left.saturating_sub(bytes.len() as u64);
        files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(files)
}

fn untar(path: &Path) -> Result<Vec<(PathBuf, String)>> {
    let packed = Bounded::new(File::open(path)?, LARGEST_ARCHIVE);
    // What is skipped is unpacked too, so the bound is on the whole stream.
    let unpacked = Bounded::new(MultiGzDecoder::new(packed), MOST_UNPACKED);
    let mut tar = tar::Archive::new(unpacked);
    let mut files = Vec::new();
    for (number, entry) in tar.entries()?.enumerate() {
        if number >= MOST_ENTRIES {
            return Err(too_many());
        }
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let Some(name) = rule_file(path, &entry.path()?) else {
            continue;
        };
        let bytes = Bounded::new(entry, LARGEST_FILE).all()?;
        files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(files)
}

/// The name of an entry below its archive's, if it is a rule file's. Hidden folders are passed over, as on disk.
fn rule_file(archive: &Path, entry: &Path) -> Option<PathBuf> {
    let mut name = archive.to_path_buf();
    for part in entry.components() {
        match part {
            Component::Normal(part) if part.to_string_lossy().starts_with('.') => return None,
            Component::Normal(part) => name.push(part),
            _ => {}
        }
    }
    (name != archive && is_rule_file(&name)).then_some(name)
}

fn too_many() -> Error {
    Error::other(format!("the archive has more than {MOST_ENTRIES} entries"))
}

/// A reader that fails where more comes than was allowed, rather than ending there.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Bounded<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self {
            inner,
            left: limit,
            limit,
        }
    }

    fn all(mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            Error::other(format!("more than {} bytes of rules in it", self.limit))
        })?;
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;
    use std::path::{Path, PathBuf};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::{LARGEST_FILE, MOST_UNPACKED};
    use crate::rules::{LoadError, load};

    const RULES: &str =
        "rules: [{id: a, languages: [js], severity: ERROR, message: m, pattern: eval($X)}]";

    fn zip(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("rules.zip");
        let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn tar_gz(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
        let path = folder.join("rules.tar.gz");
        let file = std::fs::File::create(&path).unwrap();
        let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
        for (name, content) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, name, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    fn failure(path: PathBuf) -> String {
        match load(&[path]) {
            Err(error @ LoadError::Archive { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_archive_is_read_like_the_folder_it_was_made_of() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let below = folder.to_string_lossy().len() + 1;
        let from_folder = load(std::slice::from_ref(&folder)).unwrap();
        let mut files = crate::rules::rule_files(&folder).unwrap();
        files.reverse();
        let read: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|file| {
                let name = file.to_string_lossy()[below..].to_owned();
                (name, std::fs::read(file).unwrap())
            })
            .collect();
        let entries: Vec<(&str, &[u8])> = read
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_slice()))
            .collect();
        let target = tempfile::tempdir().unwrap();
        for path in [
            zip(target.path(), &entries),
            tar_gz(target.path(), &entries),
        ] {
            let packed = load(&[path]).unwrap();
            assert_eq!(packed.hash, from_folder.hash);
            let ids = |set: &crate::rules::RuleSet| -> Vec<String> {
                set.rules.iter().map(|rule| rule.id.clone()).collect()
            };
            assert_eq!(ids(&packed), ids(&from_folder));
        }
    }

    #[test]
    fn samples_and_hidden_folders_are_passed_over_and_names_do_not_lead_out() {
        let target = tempfile::tempdir().unwrap();
        let path = zip(
            target.path(),
            &[
                ("../../up.yaml", RULES.as_bytes()),
                (".github/workflow.yml", b"on: push"),
                ("a.test.yaml", b"no rules"),
                ("readme.md", b"# Rules"),
            ],
        );
        let set = load(std::slice::from_ref(&path)).unwrap();
        let origins: Vec<PathBuf> = set
            .rules
            .iter()
            .map(|rule| rule.origin.file.to_path_buf())
            .collect();
        assert_eq!(origins, [path.join("up.yaml")]);
    }

    #[test]
    fn bombs_and_damage_are_refused() {
        let target = tempfile::tempdir().unwrap();
        let zeros = vec![b' '; LARGEST_FILE as usize + 1];
        let message = failure(zip(target.path(), &[("big.yaml", &zeros)]));
        assert!(message.contains("more than 10485760 bytes"), "{message}");
        // A bomb in what is not even a rule file has to be unpacked to get past it.
        let zeros = vec![0; MOST_UNPACKED as usize + 1];
        let entries: [(&str, &[u8]); 2] = [("big.bin", &zeros), ("a.yaml", RULES.as_bytes())];
        let message = failure(tar_gz(target.path(), &entries));
        assert!(message.contains("more than 268435456 bytes"), "{message}");
        for name in ["torn.zip", "torn.tgz"] {
            let path = target.path().join(name);
            std::fs::write(&path, b"PK\x03\x04 no archive").unwrap();
            failure(path);
        }
        assert!(matches!(
            load(&[zip(target.path(), &[("readme.md", b"# Rules")])]),
            Err(LoadError::Nothing { .. })
        ));
    }
}
