//! Migrations, oldest first. They run at start, under a lock, so that processes may start together.

mod m0001_scans;

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

/// All migrations.
#[derive(Debug)]
pub(super) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_scans::Migration)]
    }
}
