using Cass;
using Cass.Data;

namespace Phantoms;

/// <summary>Patients with some slices each, as a dataset that knows the patient of each image.</summary>
public static class PhantomPatients
{
    private const string Healthy = "healthy";

    /// <summary>Patients of one class each, in equal numbers: healthy, or with one of the findings.</summary>
    /// <param name="count">Number of patients.</param>
    /// <param name="slices">Slices of each patient.</param>
    /// <returns>The images, labelled, with the patient as the group of each.</returns>
    public static ImageDataset OfOneClass(int count, int slices = 4)
    {
        string[] classes = [Healthy, .. PhantomScan.AllFindings];
        string[] classOf = [.. Enumerable.Range(0, count).Select(patient => classes[patient % classes.Length])];

        // Without an order, as patients come.
        new Random(77).Shuffle(classOf);
        var builder = new ImageDatasetBuilder(new LabelMap(classes));
        for (var patient = 0; patient < count; patient++)
        {
            IReadOnlyList<string> findings = classOf[patient] is Healthy ? [] : [classOf[patient]];
            for (var slice = 0; slice < slices; slice++)
            {
                var scan = new PhantomScan(patient, slice, findings);
                builder.Add(scan, [classOf[patient]], scan.Patient);
            }
        }

        return builder.Build();
    }

    /// <summary>Slices of patients with any number of findings each.</summary>
    /// <param name="count">Number of patients.</param>
    /// <param name="slices">Slices of each patient.</param>
    /// <returns>The slices.</returns>
    public static IEnumerable<PhantomScan> OfAnyFindings(int count, int slices = 4)
    {
        var random = new Random(77);
        for (var patient = 0; patient < count; patient++)
        {
            // Rare findings are rarer than frequent ones.
            string[] findings = [.. PhantomScan.AllFindings.Where((_, finding) => random.NextDouble() < 0.2 + (0.15 * finding))];
            for (var slice = 0; slice < slices; slice++)
            {
                yield return new PhantomScan(patient, slice, findings);
            }
        }
    }
}
