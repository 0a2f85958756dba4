//! Reproducible chance.

/// A small generator of random numbers (`SplitMix64`): the same seed gives the same cluster on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A misspelling as fingers make them: a letter left out, doubled, or two swapped. Never in the first place, and in
    /// the longest word of the name.
    pub fn typo(&mut self, name: &str) -> String {
        let word = name.split(|c: char| !c.is_ascii_alphabetic()).max_by_key(|word| word.len()).unwrap();
        let start = word.as_ptr() as usize - name.as_ptr() as usize;
        assert!(word.len() >= 3, "{name} is too short for a typo");
        loop {
            let mut letters: Vec<char> = word.chars().collect();
            let at = 1 + self.below(letters.len() - 1);
            match self.below(3) {
                0 => drop(letters.remove(at)),
                1 => letters.insert(at, letters[at]),
                _ => letters.swap(at, at - 1),
            }
            let misspelt: String = letters.into_iter().collect();
            if misspelt != word {
                return format!("{}{misspelt}{}", &name[..start], &name[start + word.len()..]);
            }
        }
    }
}
