//! Work on many things by several threads, whose results are taken in the order of the things, so that what is made of
//! them does not depend on the threads. Must not know what the work is.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// With fewer things the threads cost more than they save.
const FEWEST: usize = 32;
/// More threads do not make reading files faster.
const MOST_THREADS: usize = 8;
/// Results that wait for their turn may weigh about as much together.
const HELD: usize = 8 << 20;
/// Whoever takes the results is woken for so many.
const BUNCH: usize = 32;
/// A thread works on so many things at most before it gives their results,
const MOST_OF_RUN: usize = 8;
/// and on one where these weigh more.
const LIGHT: usize = 1 << 16;

/// Things of which each takes little are shared out in so many pieces at most: enough for the threads to end at about the
/// same time.
const PIECES: usize = 64;
/// Such a piece has at least so many.
const FEWEST_OF_PIECE: usize = 8;

/// Things that another thread makes ahead come in bunches of so many.
const AHEAD: usize = 32;
/// So many bunches wait at most.
const WAITING: usize = 8;

/// So many bunches that wait are enough for whoever takes them.
const ENOUGH: usize = 2;

/// Hands on what an iterator gives, in its order, while another thread makes what comes next. Where enough waits to be taken,
/// that thread also prepares what it makes, which whoever takes it would have to do otherwise. What is left of the things goes
/// back to it: memory that one thread takes and another frees makes both wait.
pub fn ahead<T: Send>(
    things: impl Iterator<Item = T> + Send,
    mut prepare: impl FnMut(&mut T) + Send,
    mut each: impl FnMut(&mut T),
) {
    if processors() < 2 {
        return things.for_each(|mut thing| each(&mut thing));
    }
    let things = Mutex::new(things);
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    let (give_back, given_back) = mpsc::channel::<Vec<T>>();
    let waiting = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (all, waiting) = (&things, &waiting);
        // the thread owns the sender: where it ends, in whatever way, the receiver gets no more
        let make = move || {
            let mut things = lock(all);
            loop {
                given_back.try_iter().for_each(drop);
                let is_ahead = waiting.load(Ordering::Relaxed) >= ENOUGH;
                let made = things.by_ref().take(AHEAD).map(|mut thing| {
                    if is_ahead {
                        prepare(&mut thing);
                    }
                    thing
                });
                let bunch: Vec<T> = made.collect();
                let is_last = bunch.len() < AHEAD;
                waiting.fetch_add(1, Ordering::Relaxed);
                if sender.send(bunch).is_err() || is_last {
                    break;
                }
            }
            drop(sender);
            given_back.into_iter().for_each(drop);
        };
        match thread::Builder::new().spawn_scoped(scope, make) {
            Ok(_) => {
                for mut bunch in receiver {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                    bunch.iter_mut().for_each(&mut each);
                    // where that thread has ended, it is freed here
                    let _ = give_back.send(bunch);
                }
                drop(give_back);
            }
            Err(_) => lock(&things).by_ref().for_each(|mut thing| each(&mut thing)),
        }
    });
}

struct State<O> {
    /// The next thing that nobody works on yet.
    next: usize,
    /// Results that wait for their turn, with their weight.
    ready: BTreeMap<usize, (O, usize)>,
    /// How many things are done.
    done: usize,
    held: usize,
}

/// What those who share a [`State`] wait for.
struct Signals {
    /// Results that can be taken.
    ready: Condvar,
    /// Room for more results.
    room: Condvar,
}

/// Works on all things and hands on the results in the order of the things, until whoever takes them has enough.
///
/// `work` also tells how many bytes its result holds: where too many wait, nothing further is begun.
pub fn in_order<'t, I: Sync, O: Send, B>(
    things: &'t [I],
    work: impl Fn(&'t I) -> (O, usize) + Sync,
    mut each: impl FnMut(&'t I, O) -> ControlFlow<B>,
) -> ControlFlow<B> {
    // asking for the processors reads files
    let threads = if things.len() < FEWEST { 1 } else { processors().min(MOST_THREADS) };
    if threads < 2 {
        return things.iter().try_for_each(|thing| each(thing, work(thing).0));
    }
    by_threads(threads, things, &work, each)
}

/// Works on a few things, each of which takes long, and gives the results in the order of the things.
pub fn all<'t, I: Sync, O: Send>(things: &'t [I], work: impl Fn(&'t I) -> O + Sync) -> Vec<O> {
    let threads = if things.len() < 2 { 1 } else { processors().min(things.len()) };
    if threads < 2 {
        return things.iter().map(work).collect();
    }
    let mut results = Vec::with_capacity(things.len());
    let _: ControlFlow<()> = by_threads(threads, things, &|thing| (work(thing), 0), |_, result| {
        results.push(result);
        ControlFlow::Continue(())
    });
    results
}

/// With less to look at the thread costs more than it saves.
const WORTH_ANOTHER: usize = 1 << 12;

/// Does two things that look at so much, the first of them by another thread if that is worth it.
pub fn both<A: Send, B>(much: usize, there: impl FnOnce() -> A + Send, here: impl FnOnce() -> B) -> (A, B) {
    if much < WORTH_ANOTHER || processors() < 2 {
        return (there(), here());
    }
    let there = Mutex::new(Some(there));
    let do_it = || lock(&there).take().map(|there| there());
    let (first, second) = thread::scope(|scope| {
        let spawned = thread::Builder::new().spawn_scoped(scope, do_it);
        let second = here();
        (spawned.ok().and_then(|thread| thread.join().ok()?), second)
    });
    match first.or_else(do_it) {
        Some(first) => (first, second),
        // it was begun and did not end
        None => std::panic::resume_unwind(Box::new("a thread has panicked")),
    }
}

/// Works on many things of which each takes little, on several that follow each other at a time, and gives what they make
/// together, in the order of the things.
pub fn in_pieces<'t, I: Sync, O: Send>(things: &'t [I], work: impl Fn(&'t [I]) -> O + Sync) -> Vec<O> {
    let pieces: Vec<&'t [I]> = things.chunks(things.len().div_ceil(PIECES).max(FEWEST_OF_PIECE)).collect();
    let mut results = Vec::with_capacity(pieces.len());
    let _: ControlFlow<()> = in_order(
        &pieces,
        |piece| (work(piece), 0),
        |_, result| {
            results.push(result);
            ControlFlow::Continue(())
        },
    );
    results
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn by_threads<'t, I: Sync, O: Send, B>(
    threads: usize,
    things: &'t [I],
    work: &(impl Fn(&'t I) -> (O, usize) + Sync),
    mut each: impl FnMut(&'t I, O) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let count = things.len();
    let state = Mutex::new(State { next: 0, ready: BTreeMap::new(), done: 0, held: 0 });
    let signals = Signals { ready: Condvar::new(), room: Condvar::new() };
    let most = (count / (threads * PIECES)).clamp(1, MOST_OF_RUN);
    let Signals { ready, room } = &signals;
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work_through(things, work, most, &state, &signals));
        }
        let mut things = things.iter().enumerate().peekable();
        while let Some(&(wanted, _)) = things.peek() {
            let mut now = wait_while(ready, lock(&state), |state| !state.ready.contains_key(&wanted));
            let taken = std::mem::take(&mut now.ready);
            drop(now);
            let mut taken = taken.into_iter().peekable();
            let mut weight = 0;
            while let Some((_, thing)) =
                things.next_if(|(place, _)| taken.peek().is_some_and(|(is, _)| is == place))
                && let Some((_, (result, weighs))) = taken.next()
            {
                weight += weighs;
                let enough = each(thing, result);
                if enough.is_break() {
                    let mut now = lock(&state);
                    now.next = count;
                    now.held = 0;
                    room.notify_all();
                    return enough;
                }
            }
            let mut now = lock(&state);
            now.held -= weight;
            now.ready.extend(taken);
            room.notify_all();
        }
        ControlFlow::Continue(())
    })
}

/// Works on what nobody works on yet, until nothing is left. Of things whose results are light so many at most are worked on
/// before their results are given.
fn work_through<'t, I, O>(
    things: &'t [I],
    work: &impl Fn(&'t I) -> (O, usize),
    most: usize,
    state: &Mutex<State<O>>,
    signals: &Signals,
) {
    let count = things.len();
    let mut results = Vec::with_capacity(most);
    let mut run = 1;
    loop {
        let has_room = |state: &State<O>| state.held <= HELD || state.next >= count;
        let mut now = wait_while(&signals.room, lock(state), |state| !has_room(state));
        let places = now.next..count.min(now.next.saturating_add(run));
        if places.is_empty() {
            return;
        }
        now.next = places.end;
        drop(now);
        for (place, thing) in places.clone().zip(things.get(places).unwrap_or_default()) {
            results.push((place, work(thing)));
        }
        let weight: usize = results.iter().map(|(_, (_, weight))| weight).sum();
        run = if weight > LIGHT { 1 } else { (2 * run).min(most) };
        let mut now = lock(state);
        now.held += weight;
        now.done += results.len();
        now.ready.extend(results.drain(..));
        if now.ready.len() >= BUNCH || now.held > HELD || now.done == count {
            signals.ready.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_while<'a, T>(
    signal: &Condvar,
    guard: MutexGuard<'a, T>,
    condition: impl Fn(&T) -> bool,
) -> MutexGuard<'a, T> {
    signal.wait_while(guard, |state| condition(state)).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn results_come_in_order_however_long_each_takes_and_whatever_it_weighs() {
        for weight in [0, 1, HELD / 3, HELD + 1] {
            for count in [0, 1, FEWEST - 1, FEWEST, 500] {
                let things: Vec<usize> = (0..count).collect();
                let work = |thing: &usize| {
                    if thing.is_multiple_of(7) {
                        thread::sleep(Duration::from_micros((thing % 5) as u64 * 50));
                    }
                    (thing * 2, weight)
                };
                let expected: Vec<_> = things.iter().map(|thing| (*thing, thing * 2)).collect();
                let mut results = Vec::new();
                let all = by_threads(4, &things, &work, |thing, result| {
                    results.push((*thing, result));
                    ControlFlow::<()>::Continue(())
                });
                assert_eq!((all, &results), (ControlFlow::Continue(()), &expected));
                let mut plain = Vec::new();
                let all = in_order(&things, work, |thing, result| {
                    plain.push((*thing, result));
                    ControlFlow::<()>::Continue(())
                });
                assert_eq!((all, &plain), (ControlFlow::Continue(()), &expected));
            }
        }
    }

    #[test]
    fn what_is_made_ahead_comes_in_order() {
        // with so many, one bunch is made while enough of them wait
        const MANY: usize = AHEAD * (ENOUGH + 3);
        for count in [0, 1, AHEAD - 1, AHEAD, AHEAD * WAITING * 3 + 5] {
            let (mut taken, mut prepared) = (Vec::new(), 0);
            let made = AtomicUsize::new(0);
            let things = (0..count).inspect(|_| {
                made.fetch_add(1, Ordering::Relaxed);
            });
            let prepare = |thing: &mut (usize, bool)| thing.1 = true;
            ahead(things.map(|thing| (thing, false)), prepare, |&mut (thing, is_prepared)| {
                while processors() > 1 && made.load(Ordering::Relaxed) < MANY.min(count) {
                    thread::yield_now();
                }
                prepared += usize::from(is_prepared);
                taken.push(thing);
            });
            assert_eq!(taken, (0..count).collect::<Vec<_>>());
            assert_eq!(prepared > 0, count > MANY && processors() > 1, "{prepared} of {count}");
        }
    }

    #[test]
    fn two_things_at_once_give_both_results() {
        let (count, mut own) = (AtomicUsize::new(0), 0);
        for turn in 0..20 {
            let there = || count.fetch_add(1, Ordering::Relaxed);
            let here = || {
                own += 1;
                own
            };
            let much = if turn < 10 { WORTH_ANOTHER } else { 0 };
            assert_eq!(both(much, there, here), (turn, turn + 1));
        }
    }

    #[test]
    fn a_few_results_come_in_order() {
        for count in [0, 1, 2, 15] {
            let things: Vec<u64> = (0..count).collect();
            let results = all(&things, |thing| {
                thread::sleep(Duration::from_millis((count - thing) % 4));
                thing * 2
            });
            assert_eq!(results, (0..count).map(|thing| thing * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pieces_hold_everything_once_and_in_order() {
        for count in [0, 1, 7, 8, 9, 500, 1000] {
            let things: Vec<usize> = (0..count).collect();
            assert_eq!(in_pieces(&things, <[usize]>::to_vec).concat(), things);
        }
    }

    #[test]
    fn whoever_has_enough_gets_no_more() {
        for weight in [0, HELD + 1] {
            let things: Vec<usize> = (0..500).collect();
            let mut taken = 0;
            let enough = by_threads(4, &things, &|_| ((), weight), |thing, ()| {
                taken += 1;
                if *thing == 70 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
            });
            assert_eq!((taken, enough), (71, ControlFlow::Break("enough")));
        }
    }
}
