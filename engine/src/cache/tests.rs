//! What the cache promises: what was put in comes out, and damage is emptiness.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [7; 32];

fn old_stamp(inode: u64) -> Stamp {
    Stamp {
        mtime_ns: 1_000,
        ctime_ns: 2_000,
        size: 3,
        inode,
    }
}

fn filled(folder: &Path) -> Cache {
    let cache = Cache::open(folder, KEY);
    for n in 0..50_u64 {
        let content = content_key(&n.to_le_bytes());
        cache.put(content, n % 3, vec![n as u8; n as usize]);
        cache.stamp(
            "/root",
            &format!("src/{n}.js"),
            old_stamp(n),
            content,
            n % 3,
        );
    }
    assert!(cache.save().unwrap());
    Cache::open(folder, KEY)
}

#[test]
fn the_next_scan_finds_what_this_one_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let cache = filled(folder.path());
    for n in 0..50_u64 {
        let content = content_key(&n.to_le_bytes());
        assert_eq!(
            cache.get(&content, n % 3),
            Some(&vec![n as u8; n as usize][..])
        );
        assert_eq!(cache.get(&content, 9), None);
        let path = format!("src/{n}.js");
        assert_eq!(
            cache.lookup("/root").get(&path, &old_stamp(n)),
            Some(&vec![n as u8; n as usize][..])
        );
        assert_eq!(cache.lookup("/other").get(&path, &old_stamp(n)), None);
        for changed in [
            Stamp {
                mtime_ns: 1,
                ..old_stamp(n)
            },
            Stamp {
                ctime_ns: 1,
                ..old_stamp(n)
            },
            Stamp {
                size: 1,
                ..old_stamp(n)
            },
            old_stamp(n + 1),
        ] {
            assert_eq!(cache.lookup("/root").get(&path, &changed), None);
        }
    }
    assert_eq!(
        Cache::open(folder.path(), [8; 32]).get(&content_key(&[0; 8]), 0),
        None
    );
}

#[test]
fn nothing_new_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = filled(folder.path());
    let before = fs::metadata(path(folder.path(), &KEY))
        .unwrap()
        .modified()
        .unwrap();
    let content = content_key(&0_u64.to_le_bytes());
    cache.put(content, 0, Vec::new());
    cache.stamp("/root", "src/0.js", old_stamp(0), content, 0);
    assert!(!cache.save().unwrap());
    let after = fs::metadata(path(folder.path(), &KEY))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_stamp_younger_than_two_seconds_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.js");
    fs::write(&file, "x").unwrap();
    let stamp = crate::source::Stamp {
        mtime_ns: i64::try_from(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_nanos(),
        )
        .unwrap()
            - 500_000_000,
        ..Stamp::default()
    };
    let cache = Cache::open(folder.path(), KEY);
    cache.stamp("/root", "a.js", stamp, content_key(b"x"), 0);
    assert!(!cache.save().unwrap());
    let set_back = Stamp {
        ctime_ns: stamp.mtime_ns,
        mtime_ns: 5,
        ..stamp
    };
    cache.stamp("/root", "a.js", set_back, content_key(b"x"), 0);
    assert!(!cache.save().unwrap());
    // Young when the first stamps were taken, though not when the cache was opened.
    let began = SystemTime::now() - Duration::from_mins(1);
    let young = Stamp {
        mtime_ns: stamp.mtime_ns - 61_000_000_000,
        ..stamp
    };
    let cache = Cache::open(folder.path(), KEY).with_stamps_since(began);
    cache.stamp("/root", "a.js", young, content_key(b"x"), 0);
    assert!(!cache.save().unwrap());
}

#[test]
fn few_changes_leave_the_large_file_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        small: 1_000,
        file: 1 << 20,
        total: 1 << 20,
        files: 3,
    };
    drop(filled(folder.path()));
    let large = path(folder.path(), &KEY);
    let before = fs::read(&large).unwrap();
    let other = content_key(b"other");
    let cache = Cache::open_with(folder.path(), KEY, limits);
    cache.put(other, 1, vec![9]);
    cache.stamp("/root", "src/4.js", old_stamp(400), other, 1);
    // What was there before, in another state: its value is in the large file only.
    let content = content_key(&5_u64.to_le_bytes());
    cache.stamp("/root", "src/5.js", old_stamp(500), content, 2);
    assert!(cache.save().unwrap());
    assert_eq!(fs::read(&large).unwrap(), before);

    let is_right = |cache: &Cache| {
        let get = |path, inode| cache.lookup("/root").get(path, &old_stamp(inode));
        assert_eq!(get("src/4.js", 400), Some(&[9][..]));
        assert_eq!(get("src/5.js", 500), Some(&[5; 5][..]));
        assert_eq!(get("src/6.js", 6), Some(&[6; 6][..]));
    };
    let cache = Cache::open_with(folder.path(), KEY, limits);
    is_right(&cache);
    for n in 0..40_u8 {
        cache.put(content_key(&[n]), 0, vec![n; 100]);
    }
    assert!(cache.save().unwrap());
    assert_ne!(
        fs::read(&large).unwrap(),
        before,
        "many changes are written to it"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    is_right(&Cache::open_with(folder.path(), KEY, limits));
}

#[test]
fn what_is_in_use_is_written_anew_before_it_looks_old() {
    let old = today() - KEEP_DAYS / 2 - 1;
    let content = content_key(b"x");
    let entry = |day| Entry {
        content,
        salt: 0,
        day,
        value: &[1; 2_000],
    };
    let limits = Limits {
        small: 1_000,
        file: 1 << 20,
        total: 1 << 20,
        files: 3,
    };
    for (day, files) in [(today(), 2), (old, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = file::encode(&KEY, vec![entry(day)], Vec::new(), 1 << 20);
        fs::write(path(folder.path(), &KEY), bytes).unwrap();
        let cache = Cache::open_with(folder.path(), KEY, limits);
        assert!(cache.get(&content, 0).is_some());
        cache.put(content_key(b"y"), 0, vec![2]);
        assert!(cache.save().unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), files);
        let cache = Cache::open_with(folder.path(), KEY, limits);
        assert!(cache.get(&content, 0).is_some() && cache.get(&content_key(b"y"), 0).is_some());
    }
}

#[test]
fn two_writers_leave_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            let folder = folder.path();
            scope.spawn(move || {
                for round in 0..20_u64 {
                    let cache = Cache::open(folder, KEY);
                    let content = content_key(&(writer * 1000 + round).to_le_bytes());
                    cache.put(content, 0, vec![writer as u8; 1000]);
                    cache.save().unwrap();
                    let bytes = fs::read(path(folder, &KEY)).unwrap();
                    assert!(File::decode(bytes, &KEY).is_some());
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_oldest_files_make_room() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        small: SMALL,
        file: 1 << 20,
        total: 1 << 20,
        files: 3,
    };
    for n in 0..6_u8 {
        let cache = Cache::open_with(folder.path(), [n; 32], limits);
        cache.put(content_key(b"x"), 0, vec![0; 100]);
        cache.save().unwrap();
        let time = SystemTime::now() - DAY * u32::from(20 - n);
        fs::File::options()
            .write(true)
            .open(path(folder.path(), &[n; 32]))
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    let kept: Vec<u8> = (0..6)
        .filter(|n| path(folder.path(), &[*n; 32]).exists())
        .collect();
    assert_eq!(kept, [3, 4, 5]);
}

#[test]
fn a_cache_that_outgrows_its_bound_keeps_what_fits() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        small: SMALL,
        file: 10_000,
        total: 1 << 20,
        files: 3,
    };
    let cache = Cache::open_with(folder.path(), KEY, limits);
    for n in 0..100_u8 {
        cache.put(content_key(&[n]), 0, vec![n; 500]);
    }
    cache.save().unwrap();
    let size = fs::metadata(path(folder.path(), &KEY)).unwrap().len();
    assert!(size <= 10_000, "{size}");
    let cache = Cache::open_with(folder.path(), KEY, limits);
    let found = (0..100_u8)
        .filter(|n| cache.get(&content_key(&[*n]), 0).is_some())
        .count();
    assert!(found > 10, "{found}");
}

proptest! {
    #[test]
    fn what_is_put_in_comes_out(
        values in prop::collection::btree_map(
            (any::<[u8; 4]>(), 0..3_u64), prop::collection::vec(any::<u8>(), 0..40), 0..60),
        more in prop::collection::btree_map(
            (any::<[u8; 4]>(), 0..3_u64), prop::collection::vec(any::<u8>(), 0..40), 0..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = BTreeMap::new();
        for round in [&values, &more] {
            let cache = Cache::open(folder.path(), KEY);
            for ((bytes, salt), value) in round {
                cache.put(content_key(bytes), *salt, value.clone());
                expected.insert((*bytes, *salt), value.clone());
            }
            cache.save().unwrap();
        }
        let cache = Cache::open(folder.path(), KEY);
        for ((bytes, salt), value) in &expected {
            prop_assert_eq!(cache.get(&content_key(bytes), *salt), Some(&value[..]));
        }
    }

    #[test]
    fn a_damaged_file_is_an_empty_cache(at in any::<prop::sample::Index>(), with in 1..=255_u8, cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path()));
        let file = path(folder.path(), &KEY);
        let mut bytes = fs::read(&file).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= with }
        fs::write(&file, &bytes).unwrap();
        let cache = Cache::open(folder.path(), KEY);
        prop_assert_eq!(cache.get(&content_key(&9_u64.to_le_bytes()), 0), None);
        prop_assert_eq!(cache.lookup("/root").get("src/9.js", &old_stamp(9)), None);
        cache.put(content_key(b"x"), 0, vec![1]);
        prop_assert!(cache.save().unwrap());
    }

    #[test]
    fn any_bytes_with_a_right_checksum_are_survived(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = file::seal(&KEY, &body);
        if let Some(file) = File::decode(bytes, &KEY) {
            let _ = file.value(&content_key(b"x"), 0);
            let _ = file.stamp(&file.folder(0), 0, &Stamp::default());
            let _ = (file.entries(0).count(), file.stamps(0).count());
        }
    }
}
