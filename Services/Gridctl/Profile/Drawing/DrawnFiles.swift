import City

/// The files that `gridctl profile draw` writes into a folder.
struct DrawnFiles {
    /// Names and contents.
    let texts: [(name: String, text: String)]

    /// Nil when the recipe or the units cannot be read; the faults say why.
    ///
    /// - Throws: ``DrawingError``
    init?(_ folder: ProfileFolder, faults: FaultList) throws {
        guard
            let recipe = folder.text(DrawingRecipe.file, faults: faults).flatMap({ DrawingRecipe($0, faults: faults) }),
            let units = folder.text(ProfileFolder.units, faults: faults).flatMap({ UnitsFile.read($0, faults: faults) }
            ),
            !faults.hasFatal
        else { return nil }
        let grids = try ProfileDrawing.draw(recipe)
        let posts = PostDrawing.draw(recipe, grids: grids, units: units.map(\.value))
        texts = [
            (ProfileFolder.grids, GridsFile.write(grids, notice: recipe.notice)),
            (ProfileFolder.posts, PostsFile.write(posts, notice: recipe.notice)),
        ]
    }
}
