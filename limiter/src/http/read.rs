//! From the fields of a response to standings.

use core::time::Duration;

use ::http::HeaderMap;

use super::standing::Standing;
use super::structured::{Member, list};
use super::{RATELIMIT, RATELIMIT_POLICY};

/// How much of a field is looked at: whoever sends more is no client's friend.
const BYTES: usize = 8192;
const LINES: usize = 64;
const MEMBERS: usize = 16;

pub(super) fn standings(headers: &HeaderMap) -> Vec<Standing<'_>> {
    let policies = members(headers, RATELIMIT_POLICY, policy);
    let mut standings = members(headers, RATELIMIT, level);
    for standing in &mut standings {
        if let Some(policy) = policies.iter().find(|policy| tells_of(policy, standing)) {
            standing.limit = policy.limit;
            standing.window = policy.window;
            standing.unit = policy.unit;
        }
    }
    for policy in policies {
        if !standings.iter().any(|standing| tells_of(&policy, standing)) {
            standings.push(policy);
        }
    }
    standings
}

/// A policy that names no share is that of all shares.
fn tells_of(policy: &Standing<'_>, standing: &Standing<'_>) -> bool {
    policy.policy == standing.policy
        && (policy.partition.is_none() || policy.partition == standing.partition)
}

/// The members of a field that count; none, if it is malformed or too long.
fn members<'a>(
    headers: &'a HeaderMap,
    field: &'static str,
    read: fn(Member<'a>) -> Option<Standing<'a>>,
) -> Vec<Standing<'a>> {
    let mut members = Vec::new();
    let mut bytes = 0_usize;
    let mut after_empty = false;
    for (count, line) in headers.get_all(field).iter().enumerate() {
        bytes = bytes.saturating_add(line.len());
        let Some(line) = line.to_str().ok().filter(|_| bytes <= BYTES && count < LINES) else {
            return Vec::new();
        };
        let each = |member| {
            if members.len() < MEMBERS {
                members.extend(read(member));
            }
        };
        // An empty line among others would be an empty member.
        let is_empty = line.trim().is_empty();
        if list(line, each).is_none() || (count > 0 && (is_empty || after_empty)) {
            return Vec::new();
        }
        after_empty = is_empty;
    }
    members
}

fn policy(member: Member<'_>) -> Option<Standing<'_>> {
    let standing = Standing::new(member.item.text()?).with_limit(member.q.number()?);
    Some(Standing {
        window: member.w.number().filter(|seconds| *seconds > 0).map(Duration::from_secs),
        unit: member.qu.text(),
        partition: member.pk.bytes(),
        ..standing
    })
}

fn level(member: Member<'_>) -> Option<Standing<'_>> {
    let standing = Standing::new(member.item.text()?).with_remaining(member.r.number()?);
    Some(Standing {
        reset: member.t.number().map(Duration::from_secs),
        partition: member.pk.bytes(),
        ..standing
    })
}
