//! Sources: where the files of a scan come from, a folder or a commit of a git repository.
