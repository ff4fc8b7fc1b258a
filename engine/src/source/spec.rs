//! What a command-line argument names.

use std::fs;
use std::path::PathBuf;

use url::Url;

use super::{RemoteUrl, SourceError};

/// What is to be scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// A folder as it is on disk.
    Directory(PathBuf),
    /// One file, whatever ignore rules and globs say.
    File(PathBuf),
    /// A folder of a local git repository, as it is in a commit.
    Local {
        /// The repository, or a folder in it.
        path: PathBuf,
        /// Anything `git rev-parse` understands.
        reference: String,
    },
    /// A repository on a git server.
    Remote {
        /// Where.
        url: RemoteUrl,
        /// Branch, tag or full commit id; `None` for the default branch.
        reference: Option<String>,
    },
}

impl SourceSpec {
    /// Reads a command-line argument. What exists on disk is a path; else it must be an address.
    /// A `file://` address of a folder is the repository there, at its `HEAD` if no ref is given.
    pub fn parse(argument: &str, reference: Option<&str>) -> Result<Self, SourceError> {
        let path = PathBuf::from(argument);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                return Ok(match reference {
                    Some(reference) => Self::Local {
                        path,
                        reference: reference.to_owned(),
                    },
                    None => Self::Directory(path),
                });
            }
            Ok(_) if reference.is_some() => return Err(SourceError::FileAtReference(path)),
            Ok(metadata) if metadata.is_file() => return Ok(Self::File(path)),
            Ok(_) => return Err(SourceError::NotAFile(path)),
            Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(SourceError::Unreadable { path, source });
            }
            Err(_) => {}
        }
        if argument.starts_with("file://") {
            let local = Url::parse(argument)
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .filter(|path| path.is_dir())
                .ok_or_else(|| SourceError::NoSuchTarget(argument.to_owned()))?;
            return Ok(Self::Local {
                path: local,
                reference: reference.unwrap_or("HEAD").to_owned(),
            });
        }
        Ok(Self::Remote {
            url: RemoteUrl::parse(argument)?,
            reference: reference.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test fails by panicking"
    )]

    use super::*;

    #[test]
    fn an_argument_is_a_path_if_it_exists_and_an_address_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().to_str().unwrap();
        let file = folder.path().join("a.js");
        std::fs::write(&file, "").unwrap();

        assert_eq!(
            SourceSpec::parse(text, None).unwrap(),
            SourceSpec::Directory(folder.path().into())
        );
        assert_eq!(
            SourceSpec::parse(text, Some("v1")).unwrap(),
            SourceSpec::Local {
                path: folder.path().into(),
                reference: "v1".into()
            }
        );
        assert_eq!(
            SourceSpec::parse(&format!("file://{text}"), None).unwrap(),
            SourceSpec::Local {
                path: folder.path().into(),
                reference: "HEAD".into()
            }
        );
        assert_eq!(
            SourceSpec::parse(file.to_str().unwrap(), None).unwrap(),
            SourceSpec::File(file.clone())
        );
        assert!(matches!(
            SourceSpec::parse(file.to_str().unwrap(), Some("v1")),
            Err(SourceError::FileAtReference(_))
        ));
        assert!(matches!(
            SourceSpec::parse("https://example.org/a.git", Some("v1")).unwrap(),
            SourceSpec::Remote { reference: Some(r), .. } if r == "v1"
        ));
        assert!(matches!(
            SourceSpec::parse("no/such/folder", None),
            Err(SourceError::NoSuchTarget(_))
        ));
        assert!(matches!(
            SourceSpec::parse("file:///no/such/folder", None),
            Err(SourceError::NoSuchTarget(_))
        ));
    }
}
