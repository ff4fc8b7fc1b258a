//! The JSON schema of the report, made from the model.
//!
//! A reader may count on: within one major number of [`SCHEMA_VERSION`] nothing is taken away or changes its meaning;
//! fields may be added, and are to be passed over by those who do not know them.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{Report, SCHEMA_VERSION};

/// The schema of what `--format json` writes (JSON Schema, draft 2020-12).
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Report>();
    schema.insert(
        "$id".to_owned(),
        format!("urn:cortex:report:{SCHEMA_VERSION}").into(),
    );
    schema.insert("title".to_owned(), "Cortex report".into());
    schema.to_value()
}
