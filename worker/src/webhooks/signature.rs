//! Signatures of what is sent, so that a receiver knows who sent it.
//!
//! `webhook-id`, `webhook-timestamp` and `webhook-signature` as Standard Webhooks has them
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>): HMAC-SHA256 of
//! `id.timestamp.body`; a secret that begins with `whsec_` is base64, any other is taken as its bytes. While a secret is
//! rotated there is a signature for each. Beside it `X-Cortex-Signature: sha256=<hex>` of the body alone, with the newest
//! secret, and for events of cases the same as `X-IR-Signature`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Headers by name, in lower case.
pub type Headers = Vec<(&'static str, String)>;

fn key(secret: &str) -> Vec<u8> {
    secret
        .strip_prefix("whsec_")
        .and_then(|rest| STANDARD.decode(rest).ok())
        .unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn mac(secret: &[u8], parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().to_vec())
}

/// The headers of a delivery. `secrets`: the newest first; without one nothing is signed. `timestamp` in seconds since
/// 1970.
pub fn headers(
    secrets: &[String],
    id: &str,
    timestamp: i64,
    body: &[u8],
    of_a_case: bool,
) -> Headers {
    let mut headers = vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    let signatures: Vec<String> = secrets
        .iter()
        .filter_map(|secret| standard(secret, id, timestamp, body))
        .collect();
    if !signatures.is_empty() {
        headers.push(("webhook-signature", signatures.join(" ")));
    }
    // A receiver of this header computes over the secret as it was given, whatever its prefix.
    let plain = secrets
        .first()
        .and_then(|secret| mac(secret.as_bytes(), &[body]))
        .map(|mac| format!("sha256={}", hex::encode(mac)));
    if let Some(plain) = plain {
        if of_a_case {
            headers.push(("x-ir-signature", plain.clone()));
        }
        headers.push(("x-cortex-signature", plain));
    }
    headers
}

fn standard(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let timestamp = timestamp.to_string();
    let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac(&key(secret), &parts)?)
    ))
}

/// Whether a `webhook-signature` header holds the signature of a secret: what a receiver asks.
pub fn verify(secret: &str, id: &str, timestamp: i64, body: &[u8], header: &str) -> bool {
    use subtle::ConstantTimeEq as _;
    let Some(expected) = standard(secret, id, timestamp, body) else {
        return false;
    };
    header
        .split(' ')
        .any(|given| given.as_bytes().ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// The example of the Standard Webhooks reference libraries.
    #[test]
    fn the_known_answer_of_standard_webhooks() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = standard(
            secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            b"{\"test\": 2432232314}",
        );
        assert_eq!(
            signature.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn both_secrets_sign_while_one_is_rotated() {
        let secrets = ["new secret".to_owned(), "old secret".to_owned()];
        let headers = headers(&secrets, "msg_1", 5, b"{}", true);
        let value = |name: &str| {
            headers
                .iter()
                .find(|(it, _)| *it == name)
                .unwrap()
                .1
                .clone()
        };
        let signature = value("webhook-signature");
        for secret in &secrets {
            assert!(verify(secret, "msg_1", 5, b"{}", &signature));
        }
        assert!(!verify("other", "msg_1", 5, b"{}", &signature));
        assert!(!verify("new secret", "msg_1", 6, b"{}", &signature));
        assert!(!verify("new secret", "msg_1", 5, b"{} ", &signature));
        assert_eq!(value("x-ir-signature"), value("x-cortex-signature"));
        let unsigned = super::headers(&[], "msg_1", 5, b"{}", false);
        assert_eq!(unsigned.len(), 2);
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_known_answer_of_hmac() {
        let secrets = ["Jefe".to_owned()];
        let headers = headers(&secrets, "x", 0, b"what do ya want for nothing?", false);
        assert_eq!(
            headers.last().unwrap().1,
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
