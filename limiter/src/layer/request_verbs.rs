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
    };
}

pub(crate) use request_verbs;
