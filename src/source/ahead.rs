//! Work on many things by several threads, whose results are taken in the order of the things, so that what is made of
//! them does not depend on the threads. Must not know what the work is.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::ControlFlow;
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

/// Things of which each takes little are shared out in so many pieces at most: enough for the threads to end at about the
/// same time.
const PIECES: usize = 64;
/// Such a piece has at least so many.
const FEWEST_OF_PIECE: usize = 8;

/// Things that another thread makes ahead come in bunches of so many.
const AHEAD: usize = 32;
/// So many bunches wait at most.
const WAITING: usize = 8;

/// Hands on what an iterator gives, in its order, while another thread makes what comes next.
pub fn ahead<T: Send>(things: impl Iterator<Item = T> + Send, each: impl FnMut(T)) {
    if processors() < 2 {
        return things.for_each(each);
    }
    let things = Mutex::new(things);
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    thread::scope(|scope| {
        let all = &things;
        // the thread owns the sender: where it ends, in whatever way, the receiver gets no more
        let make = move || {
            let mut things = lock(all);
            loop {
                let bunch: Vec<T> = things.by_ref().take(AHEAD).collect();
                let is_last = bunch.len() < AHEAD;
                if sender.send(bunch).is_err() || is_last {
                    return;
                }
            }
        };
        match thread::Builder::new().spawn_scoped(scope, make) {
            Ok(_) => receiver.into_iter().flatten().for_each(each),
            Err(_) => lock(&things).by_ref().for_each(each),
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

/// Works on all things and hands on the results in the order of the things, until whoever takes them has enough.
///
/// `work` also tells how many bytes its result holds: where too many wait, nothing further is begun.
pub fn in_order<'t, I: Sync, O: Send, B>(
    things: &'t [I],
    work: impl Fn(&'t I) -> (O, usize) + Sync,
    mut each: impl FnMut(&'t I, O) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let processors = processors().min(MOST_THREADS);
    if things.len() < FEWEST || processors < 2 {
        return things.iter().try_for_each(|thing| each(thing, work(thing).0));
    }
    by_threads(processors, things, &work, each)
}

/// Works on a few things, each of which takes long, and gives the results in the order of the things.
pub fn all<'t, I: Sync, O: Send>(things: &'t [I], work: impl Fn(&'t I) -> O + Sync) -> Vec<O> {
    let threads = processors().min(things.len());
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
    let (ready, room) = (Condvar::new(), Condvar::new());
    let worker = || {
        loop {
            let mut now = wait_while(&room, lock(&state), |state| state.held > HELD && state.next < count);
            let place = now.next;
            let Some(thing) = things.get(place) else { return };
            now.next += 1;
            drop(now);
            let (result, weight) = work(thing);
            let mut now = lock(&state);
            now.held += weight;
            now.done += 1;
            now.ready.insert(place, (result, weight));
            if now.ready.len() >= BUNCH || now.held > HELD || now.done == count {
                ready.notify_one();
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
        let mut things = things.iter().enumerate().peekable();
        while let Some(&(wanted, _)) = things.peek() {
            let mut now = wait_while(&ready, lock(&state), |state| !state.ready.contains_key(&wanted));
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
        for count in [0, 1, AHEAD - 1, AHEAD, AHEAD * WAITING * 3 + 5] {
            let mut taken = Vec::new();
            ahead(0..count, |thing| {
                if thing % 50 == 0 {
                    thread::sleep(Duration::from_micros(100));
                }
                taken.push(thing);
            });
            assert_eq!(taken, (0..count).collect::<Vec<_>>());
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
