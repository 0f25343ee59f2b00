//! To whom: client-side load balancing. Not built yet.
