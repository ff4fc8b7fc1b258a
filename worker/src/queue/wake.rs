//! Waking idle workers when there is something to do, so that they need not ask.
//!
//! Within a process a notification; between processes on PostgreSQL, `LISTEN` and `NOTIFY` (a notification is sent when
//! the transaction that makes the job commits). One that is lost costs a nap, not a job: workers look again on their own.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbBackend;
use sea_orm::sqlx::postgres::PgListener;
use tokio::sync::Notify;

use crate::store::Store;

/// Sent in the transaction that queues a job.
pub(super) const NOTIFY: &str = "NOTIFY cortex_jobs";
const CHANNEL: &str = "cortex_jobs";

/// Wakes workers of this process. Clones wake the same ones.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    jobs: Arc<Notify>,
    deliveries: Arc<Notify>,
}

impl Wake {
    /// A job was queued.
    pub fn job(&self) {
        self.jobs.notify_one();
        self.jobs.notify_waiters();
    }

    /// A delivery was queued.
    pub fn delivery(&self) {
        self.deliveries.notify_one();
    }

    /// Waits for [`Self::job`], at most so long.
    pub async fn wait_job(&self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.jobs.notified()).await;
    }

    /// Waits for [`Self::delivery`], at most so long.
    pub async fn wait_delivery(&self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.deliveries.notified()).await;
    }

    /// Hears what other processes queue, for as long as it is polled. Returns at once on SQLite, which is one process's.
    pub async fn listen(self, store: Store) {
        if store.db().get_database_backend() != DbBackend::Postgres {
            return;
        }
        loop {
            let pool = store.db().get_postgres_connection_pool();
            if let Ok(mut listener) = PgListener::connect_with(pool).await
                && listener.listen(CHANNEL).await.is_ok()
            {
                // What was queued while nobody listened.
                self.job();
                self.delivery();
                while listener.recv().await.is_ok() {
                    self.job();
                    self.delivery();
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
