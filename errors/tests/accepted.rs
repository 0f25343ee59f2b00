//! The programs that the compiler must accept do what they say, too.
#![allow(clippy::all, clippy::pedantic, reason = "each is linted as a program of its own")]

#[path = "compile/accepted/inside_a_function.rs"]
mod inside_a_function;
#[path = "compile/accepted/names_of_the_macros.rs"]
mod names_of_the_macros;
#[path = "compile/accepted/odd_but_right.rs"]
mod odd_but_right;
#[path = "compile/accepted/two_blocks_in_a_module.rs"]
mod two_blocks_in_a_module;

#[test]
fn codes_declared_in_odd_ways_are_what_they_say() {
    odd_but_right::main();
}

#[test]
fn codes_may_have_the_names_that_the_macros_use() {
    names_of_the_macros::main();
}

#[test]
fn blocks_may_be_many_or_empty_or_none() {
    two_blocks_in_a_module::main();
}

#[test]
fn codes_may_be_declared_inside_a_function() {
    inside_a_function::main();
}
