//! What makes of a limiter one that looks at requests, written once.

macro_rules! request_verbs {
    () => {
        /// Each request costs what `cost` says of it; see [`Cost`](crate::Cost).
        pub fn cost<Req, How: Fn(&Req) -> u32>(
            self,
            cost: How,
        ) -> $crate::layer::cost::Cost<Self, How> {
            $crate::layer::cost::Cost::new(self, cost)
        }

        /// Requests for which `free` says so pass uncounted; see [`Unless`](crate::Unless).
        pub fn unless<Req, Which: Fn(&Req) -> bool>(
            self,
            free: Which,
        ) -> $crate::layer::unless::Unless<Self, Which> {
            $crate::layer::unless::Unless::new(self, free)
        }

        /// What a request costs is settled by its response; see
        /// [`Settled`](crate::Settled). Buckets only.
        pub fn settle<Res, How: Fn(&Res) -> u32>(
            self,
            actual: How,
        ) -> $crate::layer::settle::Settled<Self, How> {
            $crate::layer::settle::Settled::new(self, actual)
        }

        $crate::layer::request_verbs::http_verbs!();
    };
}

/// What only HTTP has.
#[cfg(feature = "http")]
macro_rules! http_verbs {
    () => {
        /// Each response tells how its client stands; see [`Told`](crate::Told).
        pub fn with_fields(self, fields: $crate::http::Fields) -> $crate::layer::told::Told<Self> {
            $crate::layer::told::Told::new(self, fields)
        }

        /// Servers that answer 429 or 503 are left alone for as long as they say; see
        /// [`Obeys`](crate::Obeys).
        pub fn obey(self, policy: $crate::http::HintPolicy) -> $crate::layer::obeys::Obeys<Self> {
            $crate::layer::obeys::Obeys::new(self, policy)
        }
    };
}

#[cfg(not(feature = "http"))]
macro_rules! http_verbs {
    () => {};
}

pub(crate) use {http_verbs, request_verbs};
