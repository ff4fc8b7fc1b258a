//! The store: SQLite in the data folder, or PostgreSQL. One schema, one code for both.
//!
//! SQLite takes one writer at a time. Write transactions of this process therefore queue on a lock here rather than on
//! SQLite's busy handler, which would make them wait in naps; they begin `IMMEDIATE`, so that none fails half-way for
//! having read first. Readers are never blocked (write-ahead log).

pub mod entity;
mod migration;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction,
    DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::migration::Migrator;

/// Key of PostgreSQL's advisory lock for what one process does at a time when several start: migrations, the first tenant.
const START_LOCK: i64 = 0x636f_7274_6578;

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is of no database that is known.
    #[error("CORTEX_DATABASE_URL begins with sqlite:// or postgres://")]
    UnknownDatabase,
    /// The folder of the database cannot be made.
    #[error("{path}: {source}; set CORTEX_DATA_DIR to a folder that can be written to")]
    Folder {
        /// The folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The database refuses.
    #[error("the database: {0}; check CORTEX_DATABASE_URL, and that the server runs")]
    Database(#[from] DbErr),
}

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    db: DatabaseConnection,
    writer: Option<Arc<Mutex<()>>>,
}

/// A transaction that writes. Dropped without [`Self::commit`], it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    inner: DatabaseTransaction,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl Transaction {
    /// Where queries go.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Makes it last.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }
}

/// Waits until no other transaction of this PostgreSQL database is alone.
async fn alone(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    transaction
        .execute_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [START_LOCK.into()],
        ))
        .await?;
    Ok(())
}

/// The file of a SQLite database; none of one in memory, or of another kind.
fn sqlite_file(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next()?;
    (!path.is_empty() && path != ":memory:").then_some(path)
}

/// Waits for a lock that ends with the process at the latest. The file stays: who removed it would give two a lock.
async fn lock(path: String) -> Result<std::fs::File, StoreError> {
    let locked = tokio::task::spawn_blocking({
        let path = path.clone();
        move || {
            let file = std::fs::File::options()
                .create(true)
                .append(true)
                .open(path)?;
            file.lock()?;
            Ok(file)
        }
    })
    .await
    .unwrap_or_else(|error| Err(std::io::Error::other(error)));
    locked.map_err(|source| StoreError::Folder { path, source })
}

impl Store {
    /// Connects and brings the schema up to date. Without an address: `cortex.db` in `folder`.
    pub async fn open(url: Option<&str>, folder: &Path) -> Result<Self, StoreError> {
        let url = if let Some(url) = url {
            url.to_owned()
        } else {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
                path: folder.display().to_string(),
                source,
            })?;
            format!("sqlite://{}?mode=rwc", folder.join("cortex.db").display())
        };
        // Processes may start together; PostgreSQL has a lock of its own for that.
        let lock = match sqlite_file(&url) {
            Some(file) => Some(lock(format!("{file}.lock")).await?),
            None => None,
        };
        let store = if url.starts_with("sqlite:") {
            Self::sqlite(&url).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::postgres(&url).await?
        } else {
            return Err(StoreError::UnknownDatabase);
        };
        store.migrate().await?;
        drop(lock);
        Ok(store)
    }

    async fn sqlite(url: &str) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(8)
            .min_connections(1)
            .sqlx_logging(false)
            .test_before_acquire(false)
            .map_sqlx_sqlite_opts(|options| {
                options
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "NORMAL")
                    .pragma("foreign_keys", "ON")
                    .pragma("temp_store", "MEMORY")
                    .busy_timeout(Duration::from_secs(10))
            });
        Ok(Self {
            db: Database::connect(options).await?,
            writer: Some(Arc::default()),
        })
    }

    async fn postgres(url: &str) -> Result<Self, StoreError> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(16)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(10))
            .sqlx_logging(false);
        Ok(Self {
            db: Database::connect(options).await?,
            writer: None,
        })
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        if self.is_postgres() {
            // Held by a transaction of its own: migrations open theirs on other connections.
            let lock = self.db.begin().await?;
            alone(&lock).await?;
            Migrator::up(&self.db, None).await?;
            lock.commit().await?;
        } else {
            Migrator::up(&self.db, None).await?;
        }
        Ok(())
    }

    /// A transaction that writes while no other of this kind runs, in any process: for what is made if it is not there.
    pub async fn write_alone(&self) -> Result<Transaction, DbErr> {
        let transaction = self.write().await?;
        // SQLite has one writer at a time anyway.
        if self.is_postgres() {
            alone(transaction.db()).await?;
        }
        Ok(transaction)
    }

    /// For reading.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Whether it is PostgreSQL: several processes may share it.
    pub fn is_postgres(&self) -> bool {
        self.writer.is_none()
    }

    /// A transaction that writes.
    pub async fn write(&self) -> Result<Transaction, DbErr> {
        let writer = match &self.writer {
            Some(writer) => Some(Arc::clone(writer).lock_owned().await),
            None => None,
        };
        let inner = self
            .db
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: writer
                    .is_some()
                    .then_some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await?;
        Ok(Transaction {
            inner,
            _writer: writer,
        })
    }

    /// A statement for either database: parameters are `$1`, `$2`, ….
    pub fn statement<V>(&self, sql: &str, values: V) -> Statement
    where
        V: IntoIterator<Item = sea_orm::Value>,
    {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.db.ping().await
    }
}
