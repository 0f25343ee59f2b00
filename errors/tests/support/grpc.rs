//! Statuses made by hand, byte by byte, and a wire without a network.

use tonic::{Code, Status};

/// What the other side sees: headers only, without the source.
pub(crate) fn over_the_wire(status: &Status) -> Status {
    let mut headers = http::HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    Status::from_header_map(&headers).unwrap()
}

/// The size of a status as HTTP/2 counts it.
pub(crate) fn size(status: &Status) -> usize {
    let mut headers = http::HeaderMap::new();
    status.add_header(&mut headers).unwrap();
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
}

pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

pub(crate) fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// `google.protobuf.Any`.
pub(crate) fn any(type_url: &str, value: &[u8]) -> Vec<u8> {
    let mut any = Vec::new();
    bytes(&mut any, 1, type_url.as_bytes());
    bytes(&mut any, 2, value);
    any
}

pub(crate) fn error_info(reason: &str, domain: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
    let mut info = Vec::new();
    bytes(&mut info, 1, reason.as_bytes());
    bytes(&mut info, 2, domain.as_bytes());
    for (key, value) in metadata {
        let mut entry = Vec::new();
        bytes(&mut entry, 1, key.as_bytes());
        bytes(&mut entry, 2, value.as_bytes());
        bytes(&mut info, 3, &entry);
    }
    any("type.googleapis.com/google.rpc.ErrorInfo", &info)
}

pub(crate) fn retry_info(seconds: i64, nanos: i32) -> Vec<u8> {
    let mut duration = Vec::new();
    for (field, value) in [(1, seconds), (2, i64::from(nanos))] {
        if value != 0 {
            varint(&mut duration, field << 3);
            varint(&mut duration, u64::from_le_bytes(value.to_le_bytes()));
        }
    }
    let mut info = Vec::new();
    bytes(&mut info, 1, &duration);
    any("type.googleapis.com/google.rpc.RetryInfo", &info)
}

/// A status that arrived with these details.
pub(crate) fn status(code: i32, details: &[Vec<u8>]) -> Status {
    let mut message = Vec::new();
    for detail in details {
        bytes(&mut message, 3, detail);
    }
    Status::with_details(Code::from_i32(code), "", message.into())
}

/// The details in an encoded `google.rpc.Status`, in the order of the wire.
pub(crate) fn details(status: &[u8]) -> Vec<Vec<u8>> {
    use tonic_types::pb;
    let status: pb::Status = decode(status);
    status.details.iter().map(|detail| any(&detail.type_url, &detail.value)).collect()
}

fn decode<M: Default + prost::Message>(bytes: &[u8]) -> M {
    M::decode(bytes).unwrap()
}
