using IOPath = System.IO.Path;

namespace Study.Running;

/// <summary>The folder of a study: its parts, a folder for each cell, and the pretrained weights that cells share.</summary>
internal sealed class StudyFolder(string path)
{
    public const string ScoredFile = "scored.json";

    public string Path { get; } = IOPath.GetFullPath(path);

    public string Parts => IOPath.Combine(Path, "parts.json");

    /// <summary>The classes and clusters of the scored images.</summary>
    public string Scored => IOPath.Combine(Path, ScoredFile);

    public string Cells => IOPath.Combine(Path, "cells");

    public string Pretrainings => IOPath.Combine(Path, "pretrainings");

    public string Cell(string id) => IOPath.Combine(Cells, id);

    public string Settings(string id) => IOPath.Combine(Cell(id), "cell.json");

    /// <summary>What came of a cell; there once it is finished, and whole.</summary>
    public string Result(string id) => IOPath.Combine(Cell(id), "result.json");

    /// <summary>Why a cell failed, at the last try.</summary>
    public string Failure(string id) => IOPath.Combine(Cell(id), "failure.txt");

    public string Log(string id) => IOPath.Combine(Cell(id), "log.txt");

    /// <summary>Held while a process works on the cell.</summary>
    public string CellLock(string id) => IOPath.Combine(Cell(id), "lock");

    /// <summary>Tables and figures.</summary>
    public string Report => IOPath.Combine(Path, "report");

    public string Pretraining(string id) => IOPath.Combine(Pretrainings, id);

    public bool IsFinished(string id) => File.Exists(Result(id));
}
