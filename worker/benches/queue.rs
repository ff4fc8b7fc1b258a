//! Claims per second, and how long a tenant's one job waits behind another's ten thousand.
//!
//! `cargo bench -p cortex-worker --bench queue`; on PostgreSQL too where `CORTEX_TEST_POSTGRES` has the address of a server that
//! may create databases.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cortex_worker::queue::{self, Claim, JobKind, status};
use cortex_worker::store::Store;
use cortex_worker::store::entity::tenant;
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, Set};

const CLAIMANTS: usize = 8;
const JOBS: usize = 4_000;
const CROWD: usize = 10_000;
/// How long a job of the fairness test takes.
const JOB: Duration = Duration::from_millis(100);

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = Store::open(None, folder.path()).await.unwrap();
    measure("SQLite", &store).await;
    let Ok(server) = std::env::var("CORTEX_TEST_POSTGRES") else {
        println!("PostgreSQL: skipped, CORTEX_TEST_POSTGRES has no address");
        return;
    };
    let name = format!("cortex_bench_{}", std::process::id());
    let admin = sea_orm::Database::connect(&server).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let store = Store::open(Some(&format!("{base}/{name}")), folder.path())
        .await
        .unwrap();
    measure("PostgreSQL", &store).await;
}

async fn measure(name: &str, store: &Store) {
    for id in ["one", "crowd", "lone"] {
        tenant::ActiveModel {
            id: Set(id.to_owned()),
            name: Set(id.to_owned()),
            plan: Set("standard".to_owned()),
            last_turn: Set(0),
            created_at: Set(0),
        }
        .insert(store.db())
        .await
        .unwrap();
    }
    enqueue(store, "one", JOBS).await;
    let claimed = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let claimants: Vec<_> = (0..CLAIMANTS)
        .map(|_| {
            let (store, claimed) = (store.clone(), Arc::clone(&claimed));
            tokio::spawn(async move {
                while let Some(claim) = queue::claim(&store).await.unwrap() {
                    claimed.fetch_add(1, Ordering::Relaxed);
                    finish(&store, &claim).await;
                }
            })
        })
        .collect();
    for claimant in claimants {
        claimant.await.unwrap();
    }
    let time = start.elapsed();
    assert_eq!(claimed.load(Ordering::Relaxed), JOBS);
    println!(
        "{name}: {:.0} jobs claimed and finished per second by {CLAIMANTS} claimants ({JOBS} jobs)",
        JOBS as f64 / time.as_secs_f64()
    );

    enqueue(store, "crowd", CROWD).await;
    // The only worker is in the middle of a job when the other tenant comes.
    let running = queue::claim(store).await.unwrap().unwrap();
    tokio::time::sleep(JOB / 2).await;
    enqueue(store, "lone", 1).await;
    let asked = Instant::now();
    tokio::time::sleep(JOB / 2).await;
    finish(store, &running).await;
    let mut others = 0;
    loop {
        let claim = queue::claim(store).await.unwrap().unwrap();
        if claim.job.tenant_id == "lone" {
            break;
        }
        others += 1;
        tokio::time::sleep(JOB).await;
        finish(store, &claim).await;
    }
    println!(
        "{name}: one job behind {CROWD} of another tenant waited {} ms, {others} jobs went before it; a job takes {} ms",
        asked.elapsed().as_millis(),
        JOB.as_millis()
    );
}

async fn enqueue(store: &Store, tenant: &str, count: usize) {
    let transaction = store.write().await.unwrap();
    for number in 0..count {
        queue::enqueue(
            store,
            &transaction,
            tenant,
            JobKind::Scan,
            &number.to_string(),
            serde_json::json!({}),
        )
        .await
        .unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn finish(store: &Store, claim: &Claim) {
    let transaction = store.write().await.unwrap();
    assert!(
        queue::finish(&transaction, claim, status::COMPLETED, None, None)
            .await
            .unwrap()
    );
    transaction.commit().await.unwrap();
}
