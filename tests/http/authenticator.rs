//! A passkey of one's own, in place of a browser and its device.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

pub struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    party: String,
    user: Value,
    origin: String,
    /// What it says of the person: that they are there, and who they are.
    flags: u8,
    /// How often it signed; many devices do not count.
    count: u32,
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    /// What a browser at `origin` makes of the options, and its passkey.
    pub fn create(options: &Value, origin: &str) -> (Self, Value) {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let mut id = vec![0; 32];
        random.fill(&mut id).unwrap();
        let own = Self {
            key,
            id,
            party: options["rp"]["id"].as_str().unwrap().to_owned(),
            user: options["user"]["id"].clone(),
            origin: origin.to_owned(),
            flags: PRESENT | VERIFIED,
            count: 0,
        };
        let mut data = own.data(HAS_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(own.id.len()).unwrap().to_be_bytes());
        data.extend(&own.id);
        data.extend(own.public_key());
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        let response = json!({
            "clientDataJSON": encode(&own.client_data("webauthn.create", options)),
            "attestationObject": encode(&attestation),
            "transports": ["internal"],
        });
        let credential = own.credential(response);
        (own, credential)
    }

    /// What it answers when somebody signs in.
    pub fn answer(&self, options: &Value) -> Value {
        let (data, client) = (self.data(0), self.client_data("webauthn.get", options));
        let signed = [data.clone(), Sha256::digest(&client).to_vec()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.credential(json!({
            "clientDataJSON": encode(&client),
            "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()),
            "userHandle": self.user,
        }))
    }

    /// The same passkey, used by whoever holds the device.
    pub fn unverified(mut self) -> Self {
        self.flags = PRESENT;
        self
    }

    /// The same passkey, used on another site.
    pub fn at(mut self, origin: &str) -> Self {
        self.origin = origin.to_owned();
        self
    }

    /// The same passkey, of a device that counts.
    pub fn counting(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(&self.party).to_vec();
        data.push(self.flags | more);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn credential(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response,
            "clientExtensionResults": {}, "authenticatorAttachment": "platform"})
    }

    /// COSE, in CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let head: &[u8] = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20";
        [head, x, b"\x22\x58\x20", y].concat()
    }
}
