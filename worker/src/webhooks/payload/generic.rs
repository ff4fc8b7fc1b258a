//! For programs: the facts at the top level, beside `event`, `id` and `at`.

use serde_json::{Map, Value};

use crate::webhooks::Event;

pub(super) fn body(event: &Event) -> Value {
    let mut body = Map::new();
    body.insert("event".to_owned(), event.kind.as_str().into());
    body.insert("id".to_owned(), event.id.clone().into());
    body.insert("at".to_owned(), event.at.to_string().into());
    if let Value::Object(facts) = &event.data {
        for (name, value) in facts {
            body.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Value::Object(body)
}
